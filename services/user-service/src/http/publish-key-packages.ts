import { accountRoutes, toBytes } from '@parley/protocol'
import { route } from '@parley/runtime'
import type { Devices } from '../domain/devices.ts'
import type { KeyPackages } from '../domain/key-packages.ts'
import { callersDevice } from './own-device.ts'

export function publishKeyPackages({
  devices,
  keyPackages,
  nowMs,
}: {
  readonly devices: Devices
  readonly keyPackages: KeyPackages
  readonly nowMs: () => number
}) {
  return route(accountRoutes.publishKeyPackages, async ({ caller, body }) => {
    const { device } = await callersDevice(devices, caller)
    const { available } = await keyPackages.publish({
      device,
      suite: body.suite,
      keyPackages: body.keyPackages.map(toBytes),
      lastResort: body.lastResort === undefined ? undefined : toBytes(body.lastResort),
      atMs: nowMs(),
    })
    return { available }
  })
}
