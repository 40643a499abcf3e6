import type { EphemeralStore, TokenVerdict } from '@parley/engines'
import type { ConversationId } from '@parley/protocol'
import type { GatewayConfig } from '../config.ts'
import type { SessionOwner } from './session.ts'

interface Rate {
  readonly burst: number
  readonly refillMs: number
}

/** Without the common store each process allows this part of the rate: never everything. */
const sharePerProcess = 4

/**
 * What devices may do how often (GCRA). The common store counts for all edges; when it is away this
 * process counts alone.
 */
export class SendLimits {
  readonly #store: Pick<EphemeralStore, 'takeToken'>
  readonly #fallback: Pick<EphemeralStore, 'takeToken'>
  readonly #config: GatewayConfig

  constructor(options: {
    readonly store: Pick<EphemeralStore, 'takeToken'>
    readonly fallback: Pick<EphemeralStore, 'takeToken'>
    readonly config: GatewayConfig
  }) {
    this.#store = options.store
    this.#fallback = options.fallback
    this.#config = options.config
  }

  /** 0 when a command may be sent, else when it may help to try again, in ms. */
  async takeSend({ user, device }: SessionOwner, conversation: ConversationId): Promise<number> {
    const config = this.#config
    const ofDevice = { burst: config.sendBurst, refillMs: config.sendRefillMs }
    const ofSender = { burst: config.senderBurst, refillMs: config.senderRefillMs }
    const ofAll = { burst: config.conversationBurst, refillMs: config.conversationRefillMs }
    const first = await this.#take(`send:${device}`, ofDevice)
    if (!first.isAllowed) return first.retryAfterMs
    const second = await this.#take(`send:${conversation}:${user}`, ofSender)
    if (!second.isAllowed) return second.retryAfterMs
    return (await this.#take(`send:${conversation}`, ofAll)).retryAfterMs
  }

  async mayType({ device }: SessionOwner, conversation: ConversationId): Promise<boolean> {
    const { typingBurst: burst, typingRefillMs: refillMs } = this.#config
    return (await this.#take(`typing:${device}:${conversation}`, { burst, refillMs })).isAllowed
  }

  async mayMark({ device }: SessionOwner, conversation: ConversationId): Promise<boolean> {
    const { markBurst: burst, markRefillMs: refillMs } = this.#config
    return (await this.#take(`mark:${device}:${conversation}`, { burst, refillMs })).isAllowed
  }

  async #take(key: string, { burst, refillMs }: Rate): Promise<TokenVerdict> {
    if (refillMs === 0) return allowed
    try {
      return await this.#store.takeToken(key, { burst, refillMs, cost: 1 })
    } catch {
      const slower = refillMs * sharePerProcess
      return this.#fallback.takeToken(key, { burst, refillMs: slower, cost: 1 })
    }
  }
}

const allowed: TokenVerdict = { isAllowed: true, retryAfterMs: 0 }
