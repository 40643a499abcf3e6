import { accountRoutes } from '@parley/protocol'
import { route } from '@parley/runtime'
import type { KeyPackages } from '../domain/key-packages.ts'

export function countKeyPackages({ keyPackages }: { readonly keyPackages: KeyPackages }) {
  return route(accountRoutes.countKeyPackages, async ({ caller }) => {
    const { available, hasLastResort } = await keyPackages.stock(caller.device)
    return { available, hasLastResort }
  })
}
