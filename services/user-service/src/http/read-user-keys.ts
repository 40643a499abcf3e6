import { accountRoutes, toText } from '@parley/protocol'
import { route } from '@parley/runtime'
import type { Accounts } from '../domain/accounts.ts'

/** Account keys and the signed device keys below them. Pending devices are nobody's business. */
export function readUserKeys({ accounts }: { readonly accounts: Accounts }) {
  return route(accountRoutes.readUserKeys, async ({ body }) => {
    const found = await accounts.keysOf(body.users)
    return {
      users: found.map(({ user, accountKey, devices }) => ({
        user,
        accountKey: accountKey && toText(accountKey),
        devices: devices.map(({ device, deviceKey, signature, addedAtMs }) => ({
          device,
          deviceKey: toText(deviceKey),
          signature: toText(signature),
          addedAtMs,
        })),
      })),
    }
  })
}
