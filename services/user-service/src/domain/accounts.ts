import type { DeviceId, UserId } from '@parley/protocol'
import type { NewDevice } from './devices.ts'

export interface Profile {
  readonly user: UserId
  readonly name: string
  readonly displayName: string
  readonly about: string
}

export interface NewAccount extends Profile {
  readonly passwordHash: SealedPassword
  readonly atMs: number
}

/** A hash, sealed by a key of the key ring. */
export interface SealedPassword {
  readonly sealed: Uint8Array
  readonly keyId: string
}

export interface Credential extends SealedPassword {
  readonly user: UserId
  readonly profile: Profile
}

export interface UserKeys {
  readonly user: UserId
  readonly accountKey: Uint8Array | null
  readonly devices: readonly {
    readonly device: DeviceId
    readonly deviceKey: Uint8Array
    readonly signature: Uint8Array
    readonly addedAtMs: number
  }[]
}

/**
 * The accounts: names, profiles, credentials, account keys.
 *
 * - Consistency. A resolved change is seen by every later call, from any process.
 * - Concurrency. Everything may be called at once; of two claims of one name, or of two names that
 *   look alike, one wins.
 * - Errors. `unavailable`, whatever goes wrong below; the outcome of a change is unknown then.
 */
export interface Accounts {
  /** False when the name, or one that looks like it, is taken: then nothing has happened. */
  create(account: NewAccount, firstDevice: NewDevice | undefined): Promise<boolean>
  /** Those of the names that nobody has, nor one that looks like it. In the same order. */
  freeNames(names: readonly string[]): Promise<readonly string[]>
  credentialOf(name: string): Promise<Credential | undefined>
  credentialOfUser(user: UserId): Promise<Credential | undefined>
  replacePassword(user: UserId, hash: SealedPassword, before: SealedPassword): Promise<void>
  /** Unknown users are missing. */
  profiles(users: readonly UserId[]): Promise<readonly Profile[]>
  /** Undefined as well when the user has blocked `asker`. */
  find(name: string, asker: UserId): Promise<Profile | undefined>
  changeProfile(
    user: UserId,
    change: { readonly displayName?: string | undefined; readonly about?: string | undefined },
  ): Promise<Profile | undefined>
  accountKeyOf(user: UserId): Promise<Uint8Array | undefined>
  /** False when the account has another key already: it never changes. */
  setAccountKey(user: UserId, accountKey: Uint8Array): Promise<boolean>
  /** Only signed devices that were not revoked. Unknown users are missing. */
  keysOf(users: readonly UserId[]): Promise<readonly UserKeys[]>
}
