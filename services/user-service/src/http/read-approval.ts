import { accountRoutes, toText } from '@parley/protocol'
import { route } from '@parley/runtime'
import { type Devices, stateOf } from '../domain/devices.ts'
import { callersDevice } from './own-device.ts'

export function readApproval({ devices }: { readonly devices: Devices }) {
  return route(accountRoutes.readApproval, async ({ caller }) => {
    const device = await callersDevice(devices, caller)
    const { signature, sealedAccountKey } = device
    return {
      state: stateOf(device),
      signature: signature && toText(signature),
      sealedAccountKey: sealedAccountKey && toText(sealedAccountKey),
    }
  })
}
