import { ChatError } from '@parley/protocol'
import { createMiddleware } from 'hono/factory'
import type { VerifiedToken, VerifyToken } from '../token-verifier.ts'

/** What a handler behind `requireCaller` can rely on. */
export interface CallerEnv {
  Variables: { caller: VerifiedToken }
}

/** Middleware: nobody passes without a valid access token. */
export function requireCaller(verify: VerifyToken) {
  return createMiddleware<CallerEnv>(async (context, next) => {
    context.set('caller', await callerOf(context.req.raw, verify))
    await next()
  })
}

export function callerOf({ headers }: Request, verify: VerifyToken): Promise<VerifiedToken> {
  const token = /^Bearer ([\w.-]+)$/i.exec(headers.get('authorization') ?? '')?.[1]
  if (token === undefined) throw new ChatError('unauthenticated', 'an access token is needed')
  return verify(token)
}
