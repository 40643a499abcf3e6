import type { DeviceId } from '@parley/protocol'
import type { NewDevice, Platform } from '../domain/devices.ts'
import { checkedDisplayText } from '../domain/display-text.ts'

/** Describes a device that is to be added. */
export type DeviceMaker = (described: {
  readonly name: string
  readonly platform: Platform
}) => Omit<NewDevice, 'user'>

export function deviceMaker(newDeviceId: () => DeviceId, nowMs: () => number): DeviceMaker {
  return ({ name, platform }) => ({
    device: newDeviceId(),
    name: checkedDeviceName(name),
    platform,
    addedAtMs: nowMs(),
  })
}

export const checkedDeviceName = (name: string): string =>
  checkedDisplayText(name, { graphemesMax: 64, mayHaveLines: false })
