import type { ConnectionId, PresenceSession, UserId } from '@parley/protocol'

export interface PresenceState {
  readonly isOnline: boolean
  /** In steps of five minutes, 0 when not known. */
  readonly lastSeenMs: number
}

interface User {
  /** Until when each socket counts as alive. */
  readonly sockets: Map<ConnectionId, number>
  readonly watchers: Map<ConnectionId, PresenceSession>
  /** As the watchers were told. */
  isOnline: boolean
  lastSeenMs: number
  /** When the user is to be shown as gone. */
  goneAtMs: number | undefined
}

/** A change that the watchers are to hear of. */
export interface PresenceChange {
  readonly user: UserId
  readonly state: PresenceState
  readonly watchers: readonly PresenceSession[]
}

const stepMs = 5 * 60_000

/**
 * Who is there, and who wants to know. Coming is told at once; going only when nobody has come back
 * for a while, so that a flickering connection is not seen. Nothing here is a fact: it refills by
 * itself within one lease.
 */
export class Presence {
  readonly #users = new Map<UserId, User>()
  /** Whom each socket watches in each shard. */
  readonly #watched = new Map<string, ReadonlySet<UserId>>()
  readonly #leaseMs: number
  readonly #offlineAfterMs: number

  constructor({ leaseMs, offlineAfterMs }: { leaseMs: number; offlineAfterMs: number }) {
    this.#leaseMs = leaseMs
    this.#offlineAfterMs = offlineAfterMs
  }

  connected({ user, connection }: PresenceSession, nowMs: number): PresenceChange | undefined {
    const own = this.#user(user)
    own.sockets.set(connection, nowMs + this.#leaseMs)
    own.goneAtMs = undefined
    if (own.isOnline) return undefined
    own.isOnline = true
    return this.#change(user, own)
  }

  disconnected({ user, connection }: PresenceSession, nowMs: number): void {
    const own = this.#users.get(user)
    if (own === undefined || !own.sockets.delete(connection)) return
    if (own.sockets.size === 0) this.#leave(own, nowMs)
  }

  /** From now on the socket watches exactly these users of the shard; those of others stay. */
  watch(shard: number, session: PresenceSession, users: ReadonlySet<UserId>): void {
    const { connection } = session
    const key = `${shard}:${connection}`
    for (const user of this.#watched.get(key) ?? [])
      if (!users.has(user)) this.#users.get(user)?.watchers.delete(connection)
    for (const user of users) this.#user(user).watchers.set(connection, session)
    if (users.size === 0) this.#watched.delete(key)
    else this.#watched.set(key, users)
  }

  stateOf(user: UserId): PresenceState {
    const { isOnline = false, lastSeenMs = 0 } = this.#users.get(user) ?? {}
    return { isOnline, lastSeenMs }
  }

  /** Ends what has had its time, and forgets who is neither here nor watched. */
  tick(nowMs: number): readonly PresenceChange[] {
    const changes: PresenceChange[] = []
    for (const [user, own] of this.#users) {
      for (const [connection, untilMs] of own.sockets)
        if (untilMs <= nowMs) own.sockets.delete(connection)
      if (own.sockets.size > 0) continue
      if (own.isOnline && own.goneAtMs === undefined) this.#leave(own, nowMs)
      if (own.goneAtMs !== undefined && own.goneAtMs <= nowMs) {
        own.goneAtMs = undefined
        own.isOnline = false
        changes.push(this.#change(user, own))
      }
      if (!own.isOnline && own.watchers.size === 0) this.#users.delete(user)
    }
    return changes
  }

  /** What was kept elsewhere of a user who is not here. */
  remember(user: UserId, lastSeenMs: number): void {
    const own = this.#users.get(user)
    if (own !== undefined && own.lastSeenMs === 0) own.lastSeenMs = lastSeenMs
  }

  #leave(own: User, nowMs: number): void {
    own.lastSeenMs = Math.floor(nowMs / stepMs) * stepMs
    own.goneAtMs = nowMs + this.#offlineAfterMs
  }

  #change(user: UserId, { isOnline, lastSeenMs, watchers }: User): PresenceChange {
    return { user, state: { isOnline, lastSeenMs }, watchers: [...watchers.values()] }
  }

  #user(user: UserId): User {
    const known = this.#users.get(user)
    if (known !== undefined) return known
    const made: User = {
      sockets: new Map(),
      watchers: new Map(),
      isOnline: false,
      lastSeenMs: 0,
      goneAtMs: undefined,
    }
    this.#users.set(user, made)
    return made
  }
}
