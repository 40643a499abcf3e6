import type { UserId } from '@parley/protocol'

/** Whom a user does not want to hear of. Setting and lifting may be repeated. Errors: `unavailable`. */
export interface Blocks {
  /** False when the user has as many as he may. */
  add(user: UserId, target: UserId): Promise<boolean>
  remove(user: UserId, target: UserId): Promise<void>
  list(user: UserId): Promise<readonly UserId[]>
  /** Those of `targets` who have blocked `user`. */
  blockersOf(user: UserId, targets: readonly UserId[]): Promise<ReadonlySet<UserId>>
}
