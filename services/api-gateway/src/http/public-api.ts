import { Buffer } from 'node:buffer'
import { ChatError, limits } from '@parley/protocol'
import {
  type Clock,
  errorResponse,
  type RandomSource,
  type Report,
  type RequestFacts,
  type ServiceFetch,
} from '@parley/runtime'
import { addressGroup } from '../edge/door.ts'
import type { GatewayMetrics, RestTarget } from '../metrics.ts'
import type { Origins } from './origins.ts'
import { type RestService, routeTable } from './route-table.ts'
import { securityHeaders } from './security-headers.ts'

export interface PublicApiOptions {
  readonly fetchOf: (service: RestService) => ServiceFetch
  /** Pages of the gateway itself, by path. */
  readonly own: ReadonlyMap<string, (request: Request) => Promise<Response>>
  readonly webApp: (request: Request) => Promise<Response>
  readonly origins: Origins
  readonly clock: Clock
  readonly random: RandomSource
  readonly metrics: Pick<GatewayMetrics, 'answered'>
  readonly report: Report
}

const answerMs = 30_000
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Everything but WebSockets on the public port. Requests for services lose every header that only we
 * may set, and get the address of the client and an id; internal routes do not exist here.
 */
export function publicApi(options: PublicApiOptions) {
  const { fetchOf, own, webApp, origins, clock, random, metrics, report } = options
  const serviceOf = routeTable()
  const answerError = errorResponse(report)

  return async (request: Request, facts: RequestFacts): Promise<Response> => {
    const startMs = clock.monotonicMs()
    let target: RestTarget = 'own'
    let response: Response
    const id = idText(random.bytes(9))
    try {
      checkRequest(request)
      const { pathname } = new URL(request.url)
      const service = serviceOf(pathname)
      const page = own.get(pathname)
      if (service !== undefined) {
        target = service
        for (const name of [...request.headers.keys()])
          if (name.startsWith('x-parley-')) request.headers.delete(name)
        request.headers.set('x-parley-address', addressGroup(facts.address))
        request.headers.set('x-request-id', id)
        response = await inTime(fetchOf(service)(request))
      } else if (page !== undefined) response = await page(request)
      else if (/^\/(v1|internal|\.well-known)(\/|$)/.test(pathname))
        throw new ChatError('not-found', 'no such route')
      else {
        target = 'web'
        response = await webApp(request)
      }
    } catch (error) {
      response = answerError(error, request)
    }
    finish(response, request, id)
    metrics.answered(target, response.status, (clock.monotonicMs() - startMs) / 1_000)
    return response
  }

  function checkRequest({ url, method, headers }: Request): void {
    if (pathOf(url).length > limits.urlBytesMax)
      throw new ChatError('too-large', `an URL may have ${limits.urlBytesMax} bytes`)
    const origin = headers.get('origin')
    if (origin === null || safeMethods.has(method)) return
    if (!origins.isAllowed(origin, headers.get('host') ?? undefined))
      throw new ChatError('not-allowed', 'pages of other origins may not use the API')
  }

  async function inTime(answer: Promise<Response>): Promise<Response> {
    const { promise, reject } = Promise.withResolvers<never>()
    const late = () => reject(new ChatError('timeout', 'the service takes too long'))
    using _ = clock.after(answerMs, late)
    return await Promise.race([answer, promise])
  }
}

function finish({ headers }: Response, request: Request, id: string): void {
  const host = request.headers.get('host') ?? new URL(request.url).host
  headers.set('x-request-id', id)
  for (const [name, value] of securityHeaders(hostOnly(host))) headers.set(name, value)
}

/** Path and query; the host is not of the client's choosing. */
const pathOf = (url: string): string => url.slice(url.indexOf('/', url.indexOf('//') + 2))

/** The host is the client's word: nothing but a host gets into a header. */
const hostOnly = (host: string): string => (/^[\w.:[\]-]{1,255}$/.test(host) ? host : 'localhost')

const idText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
