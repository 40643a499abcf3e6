import { ChatError, type ErrorBody, errorFacts } from '@parley/protocol'
import type { Report } from '../service.ts'

/** A message may quote what was sent; an answer stays small. */
const messageCharsMax = 300

/**
 * Answers with the code of the error. What is not a `ChatError` is ours: it is reported, and its
 * text stays here.
 */
export function errorResponse(report: Report) {
  return (error: unknown, request?: Request): Response => {
    if (!(error instanceof ChatError))
      report(
        error instanceof Error ? error : new Error('thrown without an error', { cause: error }),
      )
    else if (error.code === 'internal') report(error)
    return toResponse(
      error instanceof ChatError ? error : new ChatError('internal', 'something went wrong'),
      request?.headers.get('x-request-id') ?? undefined,
    )
  }
}

export function toResponse(error: ChatError, requestId?: string): Response {
  const { code, retryAfterMs } = error
  const headers = new Headers({ 'content-type': 'application/json', 'cache-control': 'no-store' })
  if (retryAfterMs !== undefined)
    headers.set('retry-after', String(Math.max(1, Math.ceil(retryAfterMs / 1000))))
  const body = JSON.stringify(errorBodyOf(error, requestId))
  return new Response(body, { status: errorFacts[code].httpStatus, headers })
}

/** What an answer says of an error. */
export function errorBodyOf(error: ChatError, requestId?: string): ErrorBody {
  const { code, message, retryAfterMs, suggestions } = error
  return {
    error: {
      code,
      message: message.slice(0, messageCharsMax),
      ...(retryAfterMs !== undefined && { retryAfterMs: Math.ceil(retryAfterMs) }),
      ...(requestId !== undefined && { requestId }),
      ...(suggestions !== undefined && { suggestions: [...suggestions] }),
    },
  }
}
