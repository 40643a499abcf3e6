import { accountRoutes, type DeviceId, toText } from '@parley/protocol'
import { route } from '@parley/runtime'
import { type Device, type Devices, stateOf } from '../domain/devices.ts'

export function listDevices({ devices }: { readonly devices: Devices }) {
  return route(accountRoutes.listDevices, async ({ caller }) => {
    const list = await devices.list(caller.user)
    return { devices: list.map((device) => deviceAnswer(device, caller.device)) }
  })
}

export function deviceAnswer(device: Device, current: DeviceId) {
  const { name, platform, addedAtMs, lastSeenMs, deviceKey } = device
  return {
    device: device.device,
    name,
    platform,
    addedAtMs,
    lastSeenMs,
    isCurrent: device.device === current,
    state: stateOf(device),
    deviceKey: deviceKey && toText(deviceKey),
  }
}
