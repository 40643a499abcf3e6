import { accountRoutes, ChatError } from '@parley/protocol'
import { route } from '@parley/runtime'
import type { Accounts } from '../domain/accounts.ts'

export function readOwnProfile({ accounts }: { readonly accounts: Accounts }) {
  return route(accountRoutes.readOwnProfile, async ({ caller }) => {
    const [profile] = await accounts.profiles([caller.user])
    if (profile === undefined) throw new ChatError('revoked', 'the account is gone')
    return profile
  })
}
