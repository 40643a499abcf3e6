import type { AccessTokens } from '../domain/access-tokens.ts'
import type { RefreshTokens } from '../domain/refresh-tokens.ts'
import type { Sessions } from '../domain/sessions.ts'
import { type Signed, sessionAnswer } from './session-answer.ts'

/** Starts a family of refresh tokens on a device, and gives the answer that carries its first. */
export type SessionStarter = (
  who: Pick<Signed, 'profile' | 'device' | 'transport'>,
  answerHeaders: Headers,
) => ReturnType<typeof sessionAnswer>

export function sessionStarter({
  sessions,
  refreshTokens,
  accessTokens,
  nowMs,
}: {
  readonly sessions: Sessions
  readonly refreshTokens: RefreshTokens
  readonly accessTokens: AccessTokens
  readonly nowMs: () => number
}): SessionStarter {
  return async ({ profile, device, transport }, answerHeaders) => {
    const { family, hash, token } = refreshTokens.mint()
    const sessionVersion = await sessions.start({
      family,
      user: profile.user,
      device,
      tokenHash: hash,
      startedAtMs: nowMs(),
    })
    return sessionAnswer(
      { profile, device, sessionVersion, refreshToken: token, transport },
      accessTokens,
      answerHeaders,
    )
  }
}
