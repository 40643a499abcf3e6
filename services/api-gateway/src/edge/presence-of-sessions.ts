import type { Bus, SessionRegistry } from '@parley/engines'
import {
  type ClientSignal,
  encodePresenceInput,
  limits,
  type PresenceInput,
  presenceChannel,
  type UserId,
} from '@parley/protocol'
import type { Clock, Report } from '@parley/runtime'
import { asError } from './as-error.ts'
import type { Session, SessionOwner } from './session.ts'
import type { Sessions } from './sessions.ts'

export interface PresenceOfSessionsOptions {
  readonly edge: string
  readonly registry: Pick<SessionRegistry, 'announce' | 'withdraw'>
  readonly bus: Pick<Bus, 'publish'>
  readonly sessions: Pick<Sessions, 'all' | 'count'>
  readonly clock: Clock
  readonly report: Report
}

/** All are announced again within a third of the lease: a lost registry is full again by then. */
const slicesPerThird = 40

/**
 * Tells the session registry and presence-service which sockets are here. What comes in one tick goes
 * in one call.
 */
export class PresenceOfSessions {
  readonly #options: PresenceOfSessionsOptions
  readonly #timer: Disposable
  #opened: SessionOwner[] = []
  #announcing: Promise<void> | undefined
  #again: Iterator<Session> | undefined

  constructor(options: PresenceOfSessionsOptions) {
    this.#options = options
    const periodMs = limits.sessionLeaseMs / 3 / slicesPerThird
    this.#timer = options.clock.every(periodMs, () => this.#announceSlice())
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]()
  }

  /** Resolves when deliveries for this session come here, as far as the registry can be reached. */
  opened(owner: SessionOwner): Promise<void> {
    this.#opened.push(owner)
    this.#announcing ??= Promise.resolve().then(() => {
      const owners = this.#opened
      this.#opened = []
      this.#announcing = undefined
      return this.#announce(owners)
    })
    return this.#announcing
  }

  closed(owner: SessionOwner): void {
    const { registry, edge, report } = this.#options
    this.#tell('disconnected', owner)
    registry.withdraw([{ ...owner, edge }]).catch((error: unknown) => report(asError(error)))
  }

  signal(owner: SessionOwner, signal: Extract<ClientSignal, { signal: 'sealed' }>): void {
    const { conversation, payload } = signal
    this.#publish(owner.user, {
      kind: 'sealed',
      session: { ...owner, edge: this.#options.edge },
      conversation,
      payload,
    })
  }

  watch(session: Session, owner: SessionOwner, users: readonly UserId[]): void {
    const shards = new Map<string, UserId[]>()
    for (const user of users) {
      const shard = shards.get(presenceChannel(user))
      if (shard === undefined) shards.set(presenceChannel(user), [user])
      else shard.push(user)
    }
    const left = session.watchedShards.filter((channel) => !shards.has(channel))
    session.watchedShards = [...shards.keys()]
    const from = { ...owner, edge: this.#options.edge }
    for (const channel of left) this.#watch(channel, from, [])
    for (const [channel, some] of shards) this.#watch(channel, from, some)
  }

  #watch(channel: string, session: SessionOwner & { edge: string }, users: readonly UserId[]) {
    const message = encodePresenceInput({ kind: 'watch', session, users })
    this.#options.bus.publish(channel, message)
  }

  async #announce(owners: readonly SessionOwner[]): Promise<void> {
    const { registry, edge, report } = this.#options
    for (const owner of owners) this.#tell('connected', owner)
    try {
      await registry.announce(owners.map((owner) => ({ ...owner, edge })))
    } catch (error) {
      // The next round tries again; until then this session hears of its messages by heartbeats.
      report(asError(error))
    }
  }

  #announceSlice(): void {
    this.#again ??= this.#options.sessions.all()[Symbol.iterator]()
    const owners: SessionOwner[] = []
    const sliceSize = Math.ceil(this.#options.sessions.count / slicesPerThird)
    while (owners.length < sliceSize) {
      const next = this.#again.next()
      if (next.done === true) {
        this.#again = undefined
        break
      }
      const { state, owner } = next.value
      if (state === 'ready' && owner !== undefined) owners.push(owner)
    }
    if (owners.length > 0) void this.#announce(owners)
  }

  #tell(kind: 'connected' | 'disconnected', owner: SessionOwner): void {
    this.#publish(owner.user, { kind, session: { ...owner, edge: this.#options.edge } })
  }

  #publish(user: UserId, input: PresenceInput): void {
    this.#options.bus.publish(presenceChannel(user), encodePresenceInput(input))
  }
}
