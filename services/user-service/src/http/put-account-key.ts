import { accountRoutes, ChatError } from '@parley/protocol'
import { route } from '@parley/runtime'
import type { Accounts } from '../domain/accounts.ts'
import type { Audit } from './audit.ts'
import { exactBytes } from './bytes.ts'

/** Set once. Another key would be another identity, which the contacts would have to be told. */
export function putAccountKey({
  accounts,
  audit,
}: {
  readonly accounts: Accounts
  readonly audit: Audit
}) {
  return route(accountRoutes.putAccountKey, async ({ caller, body, address }) => {
    const { user, device } = caller
    if (!(await accounts.setAccountKey(user, exactBytes(body.accountKey, 32))))
      throw new ChatError('conflict', 'the account has another key')
    await audit({ action: 'account-key-set', actor: user, session: device, address })
    return {}
  })
}
