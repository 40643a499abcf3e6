import { accountRoutes } from '@parley/protocol'
import { route } from '@parley/runtime'
import type { Devices } from '../domain/devices.ts'
import type { Notices } from '../domain/notices.ts'
import { deviceAnswer } from './list-devices.ts'
import { checkedDeviceName } from './new-device.ts'
import { ownDevice } from './own-device.ts'

export function renameDevice({
  devices,
  notices,
}: {
  readonly devices: Devices
  readonly notices: Notices
}) {
  return route(accountRoutes.renameDevice, async ({ caller, params, body }) => {
    const device = await ownDevice(devices, caller, params.device)
    const name = checkedDeviceName(body.name)
    await devices.rename(device.device, name)
    notices.tell(caller.user, 'devices', { except: caller.device })
    return deviceAnswer({ ...device, name }, caller.device)
  })
}
