import { accountRoutes } from '@parley/protocol'
import { route } from '@parley/runtime'
import type { AccessTokens } from '../domain/access-tokens.ts'

export function readJwks({ accessTokens }: { readonly accessTokens: AccessTokens }) {
  return route(accountRoutes.jwks, async ({ answerHeaders }) => {
    answerHeaders.set('cache-control', 'public, max-age=300')
    return accessTokens.publicKeys()
  })
}
