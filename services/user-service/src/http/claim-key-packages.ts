import { accountRoutes, limits, toText } from '@parley/protocol'
import { route } from '@parley/runtime'
import type { Blocks } from '../domain/blocks.ts'
import type { KeyPackages } from '../domain/key-packages.ts'
import type { Notices } from '../domain/notices.ts'
import type { RateLimiter } from '../domain/rate-limits.ts'

export interface ClaimKeyPackagesDependencies {
  readonly keyPackages: KeyPackages
  readonly blocks: Blocks
  readonly limiter: RateLimiter
  readonly notices: Notices
  readonly nowMs: () => number
}

/** Limited for each pair of caller and target, so that nobody can use up the stock of another. */
export function claimKeyPackages(dependencies: ClaimKeyPackagesDependencies) {
  const { keyPackages, blocks, limiter, notices, nowMs } = dependencies
  return route(accountRoutes.claimKeyPackages, async ({ caller, body }) => {
    const users = [...new Set(body.users)]
    for (const user of users)
      await limiter.take('claim-of-caller-and-target', `${caller.user}>${user}`)
    const blockers = await blocks.blockersOf(caller.user, users)
    const claimed = await keyPackages.claim({
      users: users.filter((user) => !blockers.has(user)),
      devices: body.devices,
      except: caller.device,
      suite: body.suite,
      atMs: nowMs(),
    })
    for (const { user, device, available } of claimed)
      if (available < limits.keyPackagesRefillBelow)
        notices.tell(user, 'key-packages-low', { only: device })
    const reached = new Set(claimed.map(({ user }) => user))
    return {
      keyPackages: claimed.map(({ user, device, keyPackage }) => ({
        user,
        device,
        keyPackage: toText(keyPackage),
      })),
      missing: users.filter((user) => !reached.has(user)),
    }
  })
}
