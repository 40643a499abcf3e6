import type { UserId } from '@parley/protocol'
import type { SealedPassword } from './accounts.ts'

/**
 * Slow hashes of passwords, sealed for one user: the hash of another account does not open for him.
 * Passwords are in normal form.
 *
 * - Concurrency. A few at once; `overloaded` with the time to wait when too many are waiting.
 * - Errors. `unavailable` when the key that sealed a hash is missing.
 */
export interface PasswordHasher {
  hash(password: string, user: UserId): Promise<SealedPassword>
  verify(password: string, hash: SealedPassword, user: UserId): Promise<boolean>
  /** Takes as long as `verify`: for names that nobody has. */
  verifyNothing(password: string): Promise<void>
  /** It was made with other parameters, or sealed by another key, than today's. */
  isOutdated(hash: SealedPassword, user: UserId): boolean
}
