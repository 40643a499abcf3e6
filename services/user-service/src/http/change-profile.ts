import { accountRoutes, ChatError } from '@parley/protocol'
import { route } from '@parley/runtime'
import type { Accounts } from '../domain/accounts.ts'
import { checkedAbout, checkedDisplayName } from '../domain/registration.ts'

export function changeProfile({ accounts }: { readonly accounts: Accounts }) {
  return route(accountRoutes.changeProfile, async ({ caller, body }) => {
    const { displayName, about } = body
    const profile = await accounts.changeProfile(caller.user, {
      displayName: displayName === undefined ? undefined : checkedDisplayName(displayName),
      about: about === undefined ? undefined : checkedAbout(about),
    })
    if (profile === undefined) throw new ChatError('revoked', 'the account is gone')
    return profile
  })
}
