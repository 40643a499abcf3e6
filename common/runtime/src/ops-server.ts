import type { Clock } from './clock.ts'
import { type HttpServer, openHttpServer } from './http/http-server.ts'
import type { Metrics } from './metrics.ts'

export interface OpsServerOptions {
  readonly host: string
  readonly port: number
  readonly clock: Clock
  readonly metrics: Metrics
  readonly version: string
  readonly roles: readonly string[]
  /** Why the process should get no new work; empty when it may. */
  readonly faults: () => readonly string[]
  /** Further routes; nothing for the ones it does not know. */
  readonly more?: (request: Request) => Promise<Response | undefined>
}

/**
 * The port for operators, never for the public: `/livez`, `/readyz`, `/metrics`, `/version`. Alive
 * means that the event loop answers; no engine is asked.
 */
export function openOpsServer(options: OpsServerOptions): Promise<HttpServer> {
  const { host, port, clock, metrics, version, roles, faults, more } = options
  return openHttpServer({
    host,
    port,
    clock,
    connectionsMax: 100,
    async fetch(request) {
      switch (new URL(request.url).pathname) {
        case '/livez':
          return new Response('ok\n')
        case '/readyz': {
          const found = faults()
          const body = { ready: found.length === 0, faults: found }
          return Response.json(body, { status: found.length === 0 ? 200 : 503 })
        }
        case '/metrics':
          return new Response(await metrics.expose(), {
            headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
          })
        case '/version':
          return Response.json({ version, roles })
        default:
          return (await more?.(request)) ?? new Response('not found\n', { status: 404 })
      }
    },
  })
}
