import {
  ChatError,
  isConversationId,
  isDeviceId,
  isUserId,
  limits,
  parseInput,
} from '@parley/protocol'
import { Hono } from 'hono'
import type { Report } from '../service.ts'
import type { VerifiedToken, VerifyToken } from '../token-verifier.ts'
import { callerOf } from './caller.ts'
import {
  type AnswerOf,
  type BodyOf,
  type Contract,
  isInternal,
  type ParamsOf,
  type QueryOf,
} from './contract.ts'
import { errorResponse, toResponse } from './error-response.ts'
import { readJson } from './read-body.ts'
import { respond } from './respond.ts'

/** A request that has passed everything its contract says. */
export interface Ask<C extends Contract> {
  /** Whoever the access token names; nobody on public and internal routes. */
  readonly caller: C extends { readonly isPublic: true }
    ? undefined
    : C['path'] extends `/internal/${string}`
      ? undefined
      : VerifiedToken
  readonly params: ParamsOf<C>
  readonly query: QueryOf<C>
  readonly body: BodyOf<C>
  readonly request: Request
  /** Headers of the answer; the handler may add some. */
  readonly answerHeaders: Headers
  /** Address of the client as the gateway saw it. */
  readonly address: string
}

/** A contract and who answers it. */
export interface Route {
  readonly contract: Contract
  readonly answer: (ask: AnyAsk) => Promise<unknown>
}

type AnyAsk = {
  readonly caller: VerifiedToken | undefined
  readonly params: Readonly<Record<string, string>>
  readonly query: unknown
  readonly body: unknown
  readonly request: Request
  readonly answerHeaders: Headers
  readonly address: string
}

/**
 * Binds a contract to its handler. The handler gives the value of the answer, which is checked
 * against the contract, or a `Response` of its own where the answer is not JSON.
 */
export function route<const C extends Contract>(
  contract: C,
  answer: (ask: Ask<C>) => Promise<AnswerOf<C> | Response>,
): Route {
  // `httpApp` has parsed everything by the contract, so the ask is what the contract says.
  return { contract, answer: answer as unknown as Route['answer'] }
}

export interface HttpAppOptions {
  readonly routes: readonly Route[]
  readonly verify: VerifyToken
  readonly report: Report
}

/** The Fetch handler of a service, made of its routes. Everything it answers has the error shape. */
export function httpApp({
  routes,
  verify,
  report,
}: HttpAppOptions): (r: Request) => Promise<Response> {
  const app = new Hono()
  const answerError = errorResponse(report)
  app.onError((error, { req }) => answerError(error, req.raw))
  app.notFound(({ req }) =>
    toResponse(new ChatError('not-found', 'no such route'), req.header('x-request-id')),
  )
  for (const { contract, answer } of routes)
    app.on(
      contract.method.toUpperCase(),
      contract.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      async ({ req }) => {
        const answerHeaders = new Headers()
        const request = req.raw
        if (pathAndQuery(request.url).length > limits.urlBytesMax)
          throw new ChatError('too-large', `an URL may have ${limits.urlBytesMax} bytes`)
        const needsCaller = contract.isPublic !== true && !isInternal(contract)
        const value = await answer({
          caller: needsCaller ? await callerOf(request, verify) : undefined,
          params: checkedParams(req.param()),
          query: contract.query && parseInput(contract.query, req.query()),
          body: contract.request && (await readJson(request, contract.request)),
          request,
          answerHeaders,
          address: request.headers.get('x-parley-address') ?? 'unknown',
        })
        if (value instanceof Response || contract.answer === undefined) return value as Response
        return respond(contract.answer, value, { headers: answerHeaders })
      },
    )
  return async (request) => app.fetch(request)
}

const pathAndQuery = (url: string): string => url.slice(url.indexOf('/', url.indexOf('//') + 2))

const isIdOf: Readonly<Record<string, (text: string) => boolean>> = {
  user: isUserId,
  device: isDeviceId,
  conversation: isConversationId,
}

function checkedParams(params: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const [name, text] of Object.entries(params))
    if (isIdOf[name]?.(text) === false) throw new ChatError('bad-request', `no ${name} id`)
  return params
}
