import { accountRoutes, ChatError, limits } from '@parley/protocol'
import { route } from '@parley/runtime'
import type { Blocks } from '../domain/blocks.ts'

/** Whether the target exists is not said. */
export function blockUser({ blocks }: { readonly blocks: Blocks }) {
  return route(accountRoutes.block, async ({ caller, params }) => {
    if (params.user === caller.user) throw new ChatError('bad-request', 'nobody can block himself')
    if (!(await blocks.add(caller.user, params.user)))
      throw new ChatError('too-large', `a user can block ${limits.blocksPerUser} others`)
    return {}
  })
}
