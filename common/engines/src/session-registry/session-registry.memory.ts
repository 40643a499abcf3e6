import { type ConnectionId, limits, type UserId } from '@parley/protocol'
import type { Session, SessionRegistry } from './session-registry.ts'

interface Leased {
  readonly session: Session
  untilMs: number
}

/** The sessions of one process. */
export class MemorySessionRegistry implements SessionRegistry {
  readonly #nowMs: () => number
  readonly #users = new Map<UserId, Map<ConnectionId, Leased>>()

  constructor({ nowMs }: { readonly nowMs: () => number }) {
    this.#nowMs = nowMs
  }

  async announce(sessions: readonly Session[]): Promise<void> {
    const untilMs = this.#nowMs() + limits.sessionLeaseMs
    for (const session of sessions) {
      const own = this.#users.get(session.user) ?? new Map<ConnectionId, Leased>()
      own.set(session.connection, { session, untilMs })
      this.#users.set(session.user, own)
    }
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
      for (const [connection, { session, untilMs }] of own)
        if (untilMs > nowMs) live.push(session)
        else own.delete(connection)
      if (live.length > 0) found.set(user, live)
    }
    return found
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#users.clear()
  }
}
