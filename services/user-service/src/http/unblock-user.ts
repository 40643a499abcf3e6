import { accountRoutes } from '@parley/protocol'
import { route } from '@parley/runtime'
import type { Blocks } from '../domain/blocks.ts'

export function unblockUser({ blocks }: { readonly blocks: Blocks }) {
  return route(accountRoutes.unblock, async ({ caller, params }) => {
    await blocks.remove(caller.user, params.user)
    return {}
  })
}
