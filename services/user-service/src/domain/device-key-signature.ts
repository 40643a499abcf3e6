import type { DeviceId, UserId } from '@parley/protocol'

/** Whether the account key has signed the device key for this device of this user. */
export type VerifyDeviceKey = (signed: {
  readonly user: UserId
  readonly device: DeviceId
  readonly deviceKey: Uint8Array
  readonly signature: Uint8Array
  readonly accountKey: Uint8Array
}) => Promise<boolean>
