import { accountRoutes, ChatError, toBytes } from '@parley/protocol'
import { route } from '@parley/runtime'
import { stateOf } from '../domain/devices.ts'
import type { Audit } from './audit.ts'
import { exactBytes } from './bytes.ts'
import { callersDevice, ownDevice } from './own-device.ts'
import type { PutDeviceKeyDependencies } from './put-device-key.ts'

/** An active device vouches for a pending one. Doing it again changes nothing. */
export function approveDevice(dependencies: PutDeviceKeyDependencies & { readonly audit: Audit }) {
  const { accounts, devices, notices, verifyDeviceKey, onAccountEvent, audit } = dependencies
  return route(accountRoutes.approveDevice, async ({ caller, params, body, address }) => {
    const { user } = caller
    if (stateOf(await callersDevice(devices, caller)) !== 'active')
      throw new ChatError('not-allowed', 'a pending device cannot approve another')
    const { device, deviceKey, ...target } = await ownDevice(devices, caller, params.device)
    if (deviceKey === null) throw new ChatError('conflict', 'the device has no key yet')
    if (stateOf(target) === 'active') return {}
    const signature = exactBytes(body.signature, 64)
    const accountKey = await accounts.accountKeyOf(user)
    if (accountKey === undefined) throw new ChatError('conflict', 'the account has no key yet')
    if (!(await verifyDeviceKey({ user, device, deviceKey, signature, accountKey })))
      throw new ChatError('bad-request', 'the signature is not by the account key')
    await devices.approve(device, { signature, sealedAccountKey: toBytes(body.sealedAccountKey) })
    onAccountEvent()
    notices.tell(user, 'devices', { except: caller.device })
    const { device: session } = caller
    await audit({ action: 'device-approved', actor: user, session, target: device, address })
    return {}
  })
}
