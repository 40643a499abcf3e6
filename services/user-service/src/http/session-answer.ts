import type { DeviceId } from '@parley/protocol'
import type { AccessTokens } from '../domain/access-tokens.ts'
import type { Profile } from '../domain/accounts.ts'
import { idleMsMax } from '../domain/session-renewal.ts'

export const refreshCookie = '__Host-rt'

export interface Signed {
  readonly profile: Profile
  readonly device: DeviceId
  readonly sessionVersion: number
  readonly refreshToken: string
  readonly transport: 'cookie' | 'body'
}

/** What a sign-up, a sign-in and a renewal answer with. The refresh token goes one way only. */
export async function sessionAnswer(
  { profile, device, sessionVersion, refreshToken, transport }: Signed,
  accessTokens: AccessTokens,
  answerHeaders: Headers,
) {
  const { user, name, displayName } = profile
  const { token, expiresInS } = await accessTokens.issue({ user, device, sessionVersion })
  if (transport === 'cookie') setRefreshCookie(answerHeaders, refreshToken, idleMsMax / 1000)
  return {
    user,
    device,
    name,
    displayName,
    accessToken: token,
    expiresInS,
    ...(transport === 'body' && { refreshToken }),
  }
}

export const clearRefreshCookie = (headers: Headers): void => setRefreshCookie(headers, '', 0)

function setRefreshCookie(headers: Headers, value: string, maxAgeS: number): void {
  headers.append(
    'set-cookie',
    `${refreshCookie}=${value}; Path=/; Max-Age=${maxAgeS}; HttpOnly; Secure; SameSite=Strict`,
  )
}

export function refreshCookieOf({ headers }: Request): string | undefined {
  for (const pair of headers.get('cookie')?.split(';') ?? []) {
    const [name, value] = pair.trim().split('=')
    if (name === refreshCookie && value !== undefined && value !== '') return value
  }
  return undefined
}
