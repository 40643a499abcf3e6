import { type ConnectionId, limits, type UserId } from '@parley/protocol'
import type { Session, SessionRegistry } from './session-registry.ts'

interface Leased {
  readonly session: Session
  readonly untilMs: number
}

/** Users looked at for expired sessions with each announcement. */
const swept = 8

/** The sessions of one process. */
export class MemorySessionRegistry implements SessionRegistry {
  readonly #nowMs: () => number
  /** By last announcement, longest ago first. */
  readonly #users = new Map<UserId, Map<ConnectionId, Leased>>()

  constructor({ nowMs }: { readonly nowMs: () => number }) {
    this.#nowMs = nowMs
  }

  /** Users with an entry. For metrics and tests. */
  get size(): number {
    return this.#users.size
  }

  async announce(sessions: readonly Session[]): Promise<void> {
    const untilMs = this.#nowMs() + limits.sessionLeaseMs
    for (const session of sessions) {
      const own = this.#users.get(session.user) ?? new Map<ConnectionId, Leased>()
      own.set(session.connection, { session, untilMs })
      this.#users.delete(session.user)
      this.#users.set(session.user, own)
    }
    this.#sweep()
  }

  async withdraw(sessions: readonly Session[]): Promise<void> {
    for (const { user, connection } of sessions) {
      const own = this.#users.get(user)
      own?.delete(connection)
      if (own?.size === 0) this.#users.delete(user)
    }
  }

  async sessionsOf(users: readonly UserId[]): Promise<ReadonlyMap<UserId, readonly Session[]>> {
    const nowMs = this.#nowMs()
    const found = new Map<UserId, readonly Session[]>()
    for (const user of users) {
      const own = this.#users.get(user)
      if (own === undefined) continue
      const live: Session[] = []
      for (const { session, untilMs } of own.values()) if (untilMs > nowMs) live.push(session)
      if (live.length > 0) found.set(user, live)
    }
    return found
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#users.clear()
  }

  /** Whoever was not announced for longest goes first, so that nothing expired stays for ever. */
  #sweep(): void {
    const nowMs = this.#nowMs()
    let left = swept
    for (const [user, own] of this.#users) {
      if (left === 0) return
      left -= 1
      let isAnyLive = false
      for (const [connection, { untilMs }] of own)
        if (untilMs > nowMs) isAnyLive = true
        else own.delete(connection)
      if (own.size === 0) this.#users.delete(user)
      // Those announced after this one have later leases.
      else if (isAnyLive) return
    }
  }
}
