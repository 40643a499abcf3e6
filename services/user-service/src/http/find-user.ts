import { accountRoutes, ChatError } from '@parley/protocol'
import { route } from '@parley/runtime'
import type { Accounts } from '../domain/accounts.ts'
import type { RateLimiter } from '../domain/rate-limits.ts'

/** Exactly that name, or nothing: nobody learns whether he was blocked or there is no such user. */
export function findUser({
  accounts,
  limiter,
}: {
  readonly accounts: Accounts
  readonly limiter: RateLimiter
}) {
  return route(accountRoutes.findUser, async ({ caller, query }) => {
    await limiter.take('look-up-of-account', caller.user)
    const profile = await accounts.find(query.name.trim().toLowerCase(), caller.user)
    if (profile === undefined) throw new ChatError('not-found', 'nobody is found by this name')
    return profile
  })
}
