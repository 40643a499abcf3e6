import { accountRoutes } from '@parley/protocol'
import { route } from '@parley/runtime'
import type { DeviceRevocation, Devices } from '../domain/devices.ts'
import type { Notices } from '../domain/notices.ts'
import type { PasswordCheck } from '../domain/password-check.ts'
import type { Audit } from './audit.ts'
import { ownDevice } from './own-device.ts'

export interface RevokeDeviceDependencies {
  readonly devices: Devices
  readonly passwords: PasswordCheck
  readonly notices: Notices
  readonly announce: (revocation: DeviceRevocation) => void
  readonly audit: Audit
  readonly nowMs: () => number
}

/** Wants the password again, so that whoever has found an open device cannot lock the others out. */
export function revokeDevice(dependencies: RevokeDeviceDependencies) {
  const { devices, passwords, notices, announce, audit, nowMs } = dependencies
  return route(accountRoutes.revokeDevice, async ({ caller, params, body, address }) => {
    const { device } = await ownDevice(devices, caller, params.device)
    await passwords.ofUser(caller.user, body.password)
    const revocation = await devices.revoke(caller.user, device, nowMs())
    if (revocation !== undefined) {
      announce(revocation)
      notices.tell(caller.user, 'devices', { except: device })
      const { user: actor, device: session } = caller
      await audit({ action: 'device-revoked', actor, session, target: device, address })
    }
    return {}
  })
}
