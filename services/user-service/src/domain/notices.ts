import type { DeviceId, UserId } from '@parley/protocol'

/**
 * Hints to connected devices that something is to be fetched.
 *
 * - Delivery. At most once; never waits, never fails. Devices ask for themselves when they return.
 */
export interface Notices {
  tell(
    user: UserId,
    notice: 'devices' | 'key-packages-low',
    to: { readonly only: DeviceId } | { readonly except: DeviceId },
  ): void
}
