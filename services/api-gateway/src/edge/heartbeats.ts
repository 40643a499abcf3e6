import type { UserId } from '@parley/protocol'
import type { Clock } from '@parley/runtime'
import type { GatewayConfig } from '../config.ts'
import type { ChatQuestions } from './chat-questions.ts'
import type { Outgoing } from './outgoing.ts'
import type { Session } from './session.ts'
import type { Sessions } from './sessions.ts'

/** Silent for so many heartbeats: dead. With one look at each heartbeat it is noticed within 2.4. */
const silenceMax = 1.4
const questionsAtOnceMax = 64

export interface HeartbeatsOptions {
  readonly sessions: Sessions
  readonly chat: Pick<ChatQuestions, 'logHead'>
  readonly outgoing: Pick<Outgoing, 'frame' | 'tick'>
  readonly close: (session: Session, code: number, reason: string) => void
  readonly clock: Clock
  readonly config: Pick<GatewayConfig, 'heartbeatMs' | 'helloMs'>
}

/** One timer for what is due on any socket: hellos, heartbeats, ends of tokens, the dead. */
export class Heartbeats implements Disposable {
  readonly #options: HeartbeatsOptions
  readonly #timer: Disposable
  #asking: Promise<void> | undefined

  constructor(options: HeartbeatsOptions) {
    this.#options = options
    const { heartbeatMs, helloMs } = options.config
    const periodMs = Math.min(1_000, heartbeatMs / 4, helloMs / 4)
    this.#timer = options.clock.every(periodMs, () => this.#tick())
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]()
  }

  #tick(): void {
    const { sessions, clock, outgoing } = this.#options
    const nowMs = clock.monotonicMs()
    outgoing.tick()
    const due: Session[] = []
    for (const session of sessions.all()) if (session.dueMs <= nowMs) due.push(session)
    const beating = due.filter((session) => this.#isFine(session, nowMs))
    if (beating.length > 0 && this.#asking === undefined)
      this.#asking = this.#beat(beating).finally(() => {
        this.#asking = undefined
      })
  }

  #isFine(session: Session, nowMs: number): boolean {
    const { close, config } = this.#options
    session.dueMs = Math.min(nowMs + config.heartbeatMs, session.tokenEndsMs)
    if (session.tokenEndsMs <= nowMs) close(session, 4401, 'the token has expired')
    else if (session.state === 'waiting') close(session, 4004, 'no hello')
    else if (nowMs - session.heardMs > silenceMax * config.heartbeatMs) session.socket.terminate()
    else return session.state === 'ready'
    return false
  }

  /**
   * The heartbeat names the newest place in the user's log, not what was delivered: so a delivery
   * that was lost on its way is noticed.
   */
  async #beat(sessions: readonly Session[]): Promise<void> {
    const { outgoing } = this.#options
    const ofUser = new Map<UserId, Session[]>()
    for (const session of sessions) {
      if (session.owner === undefined) continue
      const own = ofUser.get(session.owner.user)
      if (own === undefined) ofUser.set(session.owner.user, [session])
      else own.push(session)
    }
    const open = ofUser.entries()
    const ask = async (): Promise<void> => {
      for (const [user, own] of open) {
        const pts = await this.#headOf(user)
        for (const session of own) {
          if (pts > session.pts) session.pts = pts
          if (session.state !== 'ready' || session.laggingSinceMs !== undefined) continue
          session.socket.ping()
          outgoing.frame(session, { kind: 'heartbeat', pts: session.pts })
        }
      }
    }
    await Promise.all(Array.from({ length: questionsAtOnceMax }, ask))
  }

  /** 0 when it cannot be had: then what was delivered has to do. */
  async #headOf(user: UserId): Promise<number> {
    try {
      return (await this.#options.chat.logHead(user)).pts
    } catch {
      return 0
    }
  }
}
