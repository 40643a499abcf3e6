import { accountRoutes, ChatError } from '@parley/protocol'
import { route, toResponse } from '@parley/runtime'
import type { AccessTokens } from '../domain/access-tokens.ts'
import type { Accounts } from '../domain/accounts.ts'
import type { Devices } from '../domain/devices.ts'
import { type RenewalDependencies, renewSession } from '../domain/session-renewal.ts'
import type { Audit } from './audit.ts'
import { checkSameOrigin } from './same-origin.ts'
import { clearRefreshCookie, refreshCookieOf, sessionAnswer } from './session-answer.ts'

export interface RefreshSessionDependencies {
  readonly renewal: RenewalDependencies
  readonly accounts: Accounts
  readonly devices: Devices
  readonly accessTokens: AccessTokens
  readonly audit: Audit
  readonly origins: readonly string[]
}

/** A new access token, and the next refresh token. `revoked` when the device was, else sign in. */
export function refreshSession(dependencies: RefreshSessionDependencies) {
  const { renewal, accounts, devices, accessTokens, audit, origins } = dependencies
  return route(accountRoutes.refresh, async ({ body, request, address, answerHeaders }) => {
    const { transport } = body
    if (transport === 'cookie') checkSameOrigin(request, origins)
    const token = transport === 'cookie' ? refreshCookieOf(request) : body.refreshToken
    if (token === undefined) throw signInAgain()

    const refused = (error: ChatError): Response => {
      const response = toResponse(error, request.headers.get('x-request-id') ?? undefined)
      if (transport === 'cookie') clearRefreshCookie(response.headers)
      return response
    }
    const renewed = await renewSession(renewal, token)
    if (renewed.kind === 'renewed') {
      const { user, device, sessionVersion } = renewed.session
      const [profile] = await accounts.profiles([user])
      if (profile === undefined) throw new ChatError('revoked', 'the account is gone')
      return sessionAnswer(
        { profile, device, sessionVersion, refreshToken: renewed.token, transport },
        accessTokens,
        answerHeaders,
      )
    }
    if (renewed.kind === 'unknown') return refused(signInAgain())
    const { user, device } = renewed.session
    if (renewed.kind === 'reused')
      await audit({ action: 'refresh-token-reused', actor: user, session: device, address })
    const isRevoked = (await devices.find(device))?.revokedAtMs !== null
    return refused(isRevoked ? new ChatError('revoked', 'this device was revoked') : signInAgain())
  })
}

const signInAgain = () => new ChatError('unauthenticated', 'the session has ended: sign in again')
