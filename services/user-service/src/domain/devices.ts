import type { DeviceId, UserId } from '@parley/protocol'

export type Platform = 'web' | 'node' | 'other'

export interface NewDevice {
  readonly device: DeviceId
  readonly user: UserId
  readonly name: string
  readonly platform: Platform
  readonly addedAtMs: number
}

export interface Device extends NewDevice {
  /** The day of the last renewal, as its first millisecond. */
  readonly lastSeenMs: number
  readonly deviceKey: Uint8Array | null
  /** By the account key, over the device key; a device without is pending. */
  readonly signature: Uint8Array | null
  /** The account key, sealed for this device by the one that approved it. */
  readonly sealedAccountKey: Uint8Array | null
  readonly sessionVersion: number
  readonly revokedAtMs: number | null
}

export const stateOf = ({ signature }: Pick<Device, 'signature'>): 'active' | 'pending' =>
  signature === null ? 'pending' : 'active'

export interface DeviceRevocation {
  readonly number: number
  readonly user: UserId
  readonly device: DeviceId
}

/**
 * The devices of the accounts, and the list of those that were revoked.
 *
 * - Order. Revocations are numbered 1, 2, 3… without holes: whoever knows number n and sees n + 2
 *   has missed one.
 * - Consistency. A resolved change is seen by every later call, from any process. A revocation ends
 *   the sessions and drops the key packages of the device in the same step.
 * - Concurrency. Everything may be called at once; `add` never lets an account have too many.
 * - Errors. `unavailable`.
 */
export interface Devices {
  /** False when the account has as many as it may. */
  add(device: NewDevice): Promise<boolean>
  find(device: DeviceId): Promise<Device | undefined>
  /** Unrevoked ones, oldest first. */
  list(user: UserId): Promise<readonly Device[]>
  rename(device: DeviceId, name: string): Promise<void>
  /** Sets what is not set yet. False when the device has another key. */
  setKey(device: DeviceId, key: Uint8Array, signature: Uint8Array | undefined): Promise<boolean>
  /** False when the device has no key, is signed already or was revoked. */
  approve(
    device: DeviceId,
    by: { readonly signature: Uint8Array; readonly sealedAccountKey: Uint8Array },
  ): Promise<boolean>
  /** Undefined when it was revoked before, or is not the user's. */
  revoke(user: UserId, device: DeviceId, atMs: number): Promise<DeviceRevocation | undefined>
  /** Number of the newest revocation, 0 for none. */
  revocationHead(): Promise<number>
  /** Above `since` and not older than `fromMs`, by rising number. */
  revocations(since: number, fromMs: number): Promise<readonly DeviceRevocation[]>
}
