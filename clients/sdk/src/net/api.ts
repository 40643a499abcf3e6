import {
  type ErrorBody,
  type ErrorCode,
  errorBody,
  errorFacts,
  fromBase64Url,
} from '@parley/protocol'
import { ParleyError } from '../parley-error.ts'
import type { Clock, Platform } from '../platform.ts'

interface Route {
  readonly method: string
  readonly path: string
  readonly isPublic?: boolean
}

interface AnswerRoute<Answer> extends Route {
  readonly answer: { parse(value: unknown): Answer }
}

export interface Call {
  /** For `{conversation}` and the like in the path. */
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly body?: unknown
  /** Instead of JSON. */
  readonly bytes?: Uint8Array
}

export interface ApiOptions {
  readonly url: string
  readonly platform: Pick<Platform, 'fetch' | 'clock'>
  /** A token that is good for some seconds at least. */
  readonly token: () => Promise<string>
  /** The server did not like it. */
  readonly onRefusedToken: () => void
}

const answerMs = 30_000

/** The REST calls of the contract, typed; every failure is a `ParleyError`. */
export class Api {
  readonly #options: ApiOptions

  constructor(options: ApiOptions) {
    this.#options = options
  }

  async call<Answer>(route: AnswerRoute<Answer>, call: Call = {}): Promise<Answer> {
    const response = await this.#ask(route, call)
    try {
      return route.answer.parse(await response.json())
    } catch (cause) {
      throw new ParleyError('broken-server', `${route.path}: an answer of another shape`, { cause })
    }
  }

  async bytes(route: Route, call: Call = {}): Promise<Uint8Array> {
    const response = await this.#ask(route, call)
    try {
      return new Uint8Array(await response.arrayBuffer())
    } catch (cause) {
      throw new ParleyError('offline', 'the answer broke off', { cause })
    }
  }

  async #ask(route: Route, call: Call): Promise<Response> {
    if (route.isPublic === true) return await this.#fetch(route, call, undefined)
    try {
      return await this.#fetch(route, call, await this.#options.token())
    } catch (error) {
      if (!(error instanceof ParleyError) || error.code !== 'unauthenticated') throw error
      this.#options.onRefusedToken()
      return await this.#fetch(route, call, await this.#options.token())
    }
  }

  async #fetch(route: Route, call: Call, token: string | undefined): Promise<Response> {
    const { url, platform } = this.#options
    const headers = new Headers()
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
    if (call.body !== undefined) headers.set('content-type', 'application/json')
    if (call.bytes !== undefined) headers.set('content-type', 'application/octet-stream')
    const body = call.bytes === undefined ? JSON.stringify(call.body) : new Uint8Array(call.bytes)
    const target = new URL(pathOf(route, call), url)
    const method = route.method.toUpperCase()
    const init = body === undefined ? { method, headers } : { method, headers, body }
    const response = await inTime(platform.clock, (signal) =>
      platform.fetch(new Request(target, { ...init, signal })),
    )
    if (response.ok) return response
    throw await errorOf(response)
  }
}

function pathOf({ path }: Route, { params = {}, query = {} }: Call): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(params[name] ?? ''),
  )
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) search.set(name, String(value))
  return search.size === 0 ? filled : `${filled}?${search}`
}

async function inTime(
  clock: Clock,
  ask: (signal: AbortSignal) => Promise<Response>,
): Promise<Response> {
  const controller = new AbortController()
  using _ = clock.after(answerMs, () => controller.abort())
  try {
    return await ask(controller.signal)
  } catch (cause) {
    throw new ParleyError('offline', 'the server was not reached', { cause })
  }
}

async function errorOf(response: Response): Promise<ParleyError> {
  const said = await bodyOf(response)
  if (said === undefined) {
    const code = codeOfStatus(response.status)
    return new ParleyError(code, `the server answered ${response.status}`)
  }
  const { code, message, retryAfterMs, suggestions } = said.error
  return new ParleyError(code, message, { retryAfterMs, suggestions })
}

async function bodyOf(response: Response): Promise<ErrorBody | undefined> {
  try {
    return errorBody.safeParse(await response.json()).data
  } catch {
    return undefined
  }
}

function codeOfStatus(status: number): ErrorCode {
  for (const [code, facts] of Object.entries(errorFacts))
    if (facts.httpStatus === status) return code as ErrorCode
  return status >= 500 ? 'unavailable' : 'internal'
}

/** Bytes in JSON; what is not base64url is the server's fault. */
export function bytesOf(text: string): Uint8Array {
  try {
    return fromBase64Url(text)
  } catch (cause) {
    throw new ParleyError('broken-server', 'bytes that are none', { cause })
  }
}
