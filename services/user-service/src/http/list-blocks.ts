import { accountRoutes } from '@parley/protocol'
import { route } from '@parley/runtime'
import type { Blocks } from '../domain/blocks.ts'

export function listBlocks({ blocks }: { readonly blocks: Blocks }) {
  return route(accountRoutes.listBlocks, async ({ caller }) => ({
    users: [...(await blocks.list(caller.user))],
  }))
}
