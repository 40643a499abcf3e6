import { accountRoutes } from '@parley/protocol'
import { route } from '@parley/runtime'
import type { Accounts } from '../domain/accounts.ts'

/** By id, which whoever shares a conversation knows. Unknown users are missing in the answer. */
export function readProfiles({ accounts }: { readonly accounts: Accounts }) {
  return route(accountRoutes.readProfiles, async ({ body }) => ({
    profiles: [...(await accounts.profiles(body.users))],
  }))
}
