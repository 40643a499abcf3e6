import { fileURLToPath } from 'node:url'
import type { ApiGateway } from '@parley/api-gateway'
import { ChatError } from '@parley/protocol'
import {
  type Clock,
  type Log,
  MetricRegistry,
  openHttpServer,
  openOpsServer,
  type RequestFacts,
  startRoles,
  systemClock,
  systemRandom,
  watchProcess,
} from '@parley/runtime'
import type { UserService } from '@parley/user-service'
import { adminRoutes } from './admin-routes.ts'
import { openEngines } from './engines.ts'
import type { RoleName } from './role-names.ts'
import { roleTable } from './roles.ts'
import type { Settings } from './settings.ts'
import { version } from './version.ts'

export interface ServerOptions {
  readonly settings: Settings
  readonly log: Log
  readonly clock?: Clock
  /** The built web app. */
  readonly webFolder?: string
}

export interface RunningServer extends AsyncDisposable {
  /** Where people reach it. */
  readonly url: string
  /** Where this machine reaches it, whatever people see. */
  readonly localUrl: string
  readonly opsUrl: string
  readonly metrics: MetricRegistry
  /** Rejects when a service has failed beyond recovery. */
  readonly failed: Promise<never>
}

export const builtWebApp = fileURLToPath(new URL('../../web/dist', import.meta.url))

/**
 * Starts the whole server in this process. Disposing drains it and leaves the data folder as a start
 * wants it.
 *
 * Errors: `StartError` with a sentence that says what to do.
 */
export async function startServer({
  settings,
  log,
  clock = systemClock,
  webFolder = builtWebApp,
}: ServerOptions): Promise<RunningServer> {
  const { core } = settings
  await using resources = new AsyncDisposableStack()
  const metrics = new MetricRegistry()
  resources.use(watchProcess(metrics, clock))
  const started: { users?: UserService; gateway?: ApiGateway } = {}
  let faults: () => readonly string[] = () => ['is starting']

  const http = resources.use(
    await openHttpServer({
      host: core.listen,
      port: core.port,
      clock,
      fetch: (request: Request, facts: RequestFacts) =>
        started.gateway?.fetch(request, facts) ?? Promise.resolve(starting()),
      onUpgrade: (request, socket, head) =>
        started.gateway === undefined
          ? socket.destroy()
          : started.gateway.upgrade(request, socket, head),
    }),
  )
  const engines = resources.use(await openEngines(core, clock))
  const ops = resources.use(
    await openOpsServer({
      host: core.opsListen,
      port: core.opsPort,
      clock,
      metrics,
      version,
      roles: core.roles.split(','),
      faults: () => faults(),
      more: adminRoutes(await engines.secret('ops-token', 32), () => started.users),
    }),
  )
  const localUrl = `http://${urlHost(core.listen)}:${http.port}`
  const url = core.publicUrl === '' ? localUrl : core.publicUrl.replace(/\/$/, '')
  const roles = await startRoles<RoleName>(
    roleTable(
      { engines, settings, clock, random: systemRandom, log, metrics, publicUrl: url, webFolder },
      started,
    ),
  )
  resources.use(roles)
  faults = () => roles.faults()
  log.info('ready', { port: http.port, version })
  const owned = resources.move()
  return {
    url,
    localUrl,
    opsUrl: `http://${urlHost(core.opsListen)}:${ops.port}`,
    metrics,
    failed: roles.failed,
    async [Symbol.asyncDispose]() {
      faults = () => ['is ending']
      await owned.disposeAsync()
      log.info('ended')
    },
  }
}

function starting(): Response {
  const { message } = new ChatError('unavailable', 'the server is starting')
  return Response.json(
    { error: { code: 'unavailable', message, retryAfterMs: 1_000 } },
    { status: 503, headers: { 'retry-after': '1' } },
  )
}

/** Every network includes this machine; a page on localhost may use keys, one on 127.0.0.1 too. */
function urlHost(listen: string): string {
  if (['127.0.0.1', '0.0.0.0', '::', '::1', 'localhost'].includes(listen)) return 'localhost'
  return listen.includes(':') ? `[${listen}]` : listen
}
