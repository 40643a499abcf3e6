import { ChatError, type DeviceId } from '@parley/protocol'
import type { Caller } from '@parley/runtime'
import type { Device, Devices } from '../domain/devices.ts'

/** A device of the caller's account. The same `not-found` for a stranger's and for none at all. */
export async function ownDevice(
  devices: Devices,
  caller: Caller,
  device: DeviceId,
): Promise<Device> {
  const found = await devices.find(device)
  if (found === undefined || found.user !== caller.user || found.revokedAtMs !== null)
    throw new ChatError('not-found', 'the account has no such device')
  return found
}

/** The caller's device itself; `revoked` when it was, although its token is still good. */
export async function callersDevice(devices: Devices, caller: Caller): Promise<Device> {
  const found = await devices.find(caller.device)
  if (found === undefined || found.revokedAtMs !== null)
    throw new ChatError('revoked', 'this device was revoked')
  return found
}
