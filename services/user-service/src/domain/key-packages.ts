import type { DeviceId, UserId } from '@parley/protocol'

export interface KeyPackageStock {
  readonly available: number
  readonly hasLastResort: boolean
}

export interface ClaimedKeyPackage {
  readonly user: UserId
  readonly device: DeviceId
  readonly keyPackage: Uint8Array
  /** What the device has left, last resort not counted. */
  readonly available: number
}

/**
 * The key packages (RFC 9420, section 10) that devices have published, by cipher suite.
 *
 * - Delivery. Each leaves exactly once, whoever claims at the same time; the last resort leaves when
 *   there is no other, and stays.
 * - Idempotency. Publishing the same again changes nothing, even after it was claimed.
 * - Errors. `unavailable`: a claim may have taken packages that nobody will use.
 */
export interface KeyPackages {
  /** Packages beyond `limits.keyPackagesPerDevice` are not taken. */
  publish(packages: {
    readonly device: DeviceId
    readonly suite: number
    readonly keyPackages: readonly Uint8Array[]
    readonly lastResort: Uint8Array | undefined
    readonly atMs: number
  }): Promise<KeyPackageStock>
  stock(device: DeviceId): Promise<KeyPackageStock>
  /** One for each of these devices that is signed, not revoked and has one. */
  claim(options: {
    readonly users: readonly UserId[]
    readonly devices: readonly DeviceId[] | undefined
    readonly except: DeviceId
    readonly suite: number
    readonly atMs: number
  }): Promise<readonly ClaimedKeyPackage[]>
  /** Forgets which packages were claimed before this moment; their lifetime is over by then. */
  forget(beforeMs: number): Promise<void>
}
