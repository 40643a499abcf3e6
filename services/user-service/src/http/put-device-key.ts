import { accountRoutes, ChatError } from '@parley/protocol'
import { route } from '@parley/runtime'
import type { Accounts } from '../domain/accounts.ts'
import type { VerifyDeviceKey } from '../domain/device-key-signature.ts'
import { type Devices, stateOf } from '../domain/devices.ts'
import type { Notices } from '../domain/notices.ts'
import { exactBytes } from './bytes.ts'
import { callersDevice } from './own-device.ts'

export interface PutDeviceKeyDependencies {
  readonly accounts: Accounts
  readonly devices: Devices
  readonly notices: Notices
  readonly verifyDeviceKey: VerifyDeviceKey
  /** Account events may be waiting for the log. */
  readonly onAccountEvent: () => void
}

/** A device has one key for its life. Signed by the account key it is active, else it is pending. */
export function putDeviceKey(dependencies: PutDeviceKeyDependencies) {
  const { accounts, devices, notices, verifyDeviceKey, onAccountEvent } = dependencies
  return route(accountRoutes.putDeviceKey, async ({ caller, body }) => {
    const { user, device } = caller
    const deviceKey = exactBytes(body.deviceKey, 32)
    const signature = body.signature === undefined ? undefined : exactBytes(body.signature, 64)
    await callersDevice(devices, caller)
    if (signature !== undefined) {
      const accountKey = await accounts.accountKeyOf(user)
      if (accountKey === undefined) throw new ChatError('conflict', 'the account has no key yet')
      if (!(await verifyDeviceKey({ user, device, deviceKey, signature, accountKey })))
        throw new ChatError('bad-request', 'the signature is not by the account key')
    }
    if (!(await devices.setKey(device, deviceKey, signature)))
      throw new ChatError('conflict', 'the device has another key')
    onAccountEvent()
    notices.tell(user, 'devices', { except: device })
    return { state: stateOf(await callersDevice(devices, caller)) }
  })
}
