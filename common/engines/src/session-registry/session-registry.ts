import type { ConnectionId, DeviceId, UserId } from '@parley/protocol'

export interface Session {
  readonly user: UserId
  readonly device: DeviceId
  /** The edge that holds the socket; its bus channel is `edge:<edge>`. */
  readonly edge: string
  readonly connection: ConnectionId
}

/**
 * Which devices are connected, and where.
 *
 * - Durability. None: it may be emptied at any time. Edges announce their sessions again within a
 *   third of the lease (`limits.sessionLeaseMs`), so an entry outlives its edge by one lease at most.
 * - Consistency. A lookup sees an announcement after it has resolved; until then either state.
 * - Idempotency. Announcing again prolongs the lease. Withdrawing something unknown does nothing;
 *   withdrawing names the connection, so a late withdrawal does not end a newer session.
 * - Errors. `ChatError('unavailable')`: whether it was done is unknown. The caller goes on without.
 */
export interface SessionRegistry extends AsyncDisposable {
  announce(sessions: readonly Session[]): Promise<void>
  withdraw(sessions: readonly Session[]): Promise<void>
  /** The sessions of each of these users; users without any are missing. */
  sessionsOf(users: readonly UserId[]): Promise<ReadonlyMap<UserId, readonly Session[]>>
}
