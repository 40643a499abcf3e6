import { Buffer } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Bus, EphemeralStore, EventLog, SessionRegistry } from '@parley/engines'
import { ChatError, edgeChannel } from '@parley/protocol'
import {
  type Clock,
  createTokenVerifier,
  type Metrics,
  type RandomSource,
  type Report,
  type RequestFacts,
  RevocationList,
  type Service,
  type ServiceFetch,
} from '@parley/runtime'
import { WsEdgeServer } from './adapters/edge-server.ws.ts'
import type { GatewayConfig } from './config.ts'
import { ChatQuestions } from './edge/chat-questions.ts'
import { CommandLog } from './edge/command-log.ts'
import { deliverTo } from './edge/deliveries.ts'
import { openDoor } from './edge/door.ts'
import { drain } from './edge/drain.ts'
import { Edge } from './edge/edge.ts'
import { Greeter } from './edge/greeter.ts'
import { Heartbeats } from './edge/heartbeats.ts'
import { LocalBuckets } from './edge/local-buckets.ts'
import { Outgoing } from './edge/outgoing.ts'
import { PresenceOfSessions } from './edge/presence-of-sessions.ts'
import { SendLimits } from './edge/send-limits.ts'
import { Sender } from './edge/sender.ts'
import type { Session } from './edge/session.ts'
import { Sessions } from './edge/sessions.ts'
import { Syncer } from './edge/syncer.ts'
import { cspReports } from './http/csp-reports.ts'
import { docsPages } from './http/docs-pages.ts'
import { Origins } from './http/origins.ts'
import { publicApi } from './http/public-api.ts'
import type { RestService } from './http/route-table.ts'
import { webApp } from './http/web-app.ts'
import { gatewayMetrics } from './metrics.ts'

/** What this service is given. It never asks how the process is deployed. */
export interface ApiGatewayContext {
  readonly eventLog: Pick<EventLog, 'append'>
  readonly bus: Bus
  readonly sessionRegistry: SessionRegistry
  readonly ephemeralStore: Pick<EphemeralStore, 'takeToken'>
  readonly fetchOf: (service: RestService) => ServiceFetch
  readonly clock: Clock
  readonly random: RandomSource
  readonly metrics: Metrics
  readonly report: Report
  readonly config: GatewayConfig
  /** The cell that new ids name. */
  readonly cell: number
  /** Where people reach this installation. */
  readonly publicUrl: string
  /** The built web app. */
  readonly webFolder: string
}

export interface ApiGateway extends Service {
  /** Answers what comes from outside. */
  fetch(request: Request, facts?: RequestFacts): Promise<Response>
  /** Takes connections that want to become WebSockets. */
  upgrade(request: IncomingMessage, socket: Socket, head: Uint8Array): void
}

/** Disposing drains: everybody is told to go elsewhere, and closed when the time is over. */
export async function startApiGateway(context: ApiGatewayContext): Promise<ApiGateway> {
  const { bus, clock, random, config, report, fetchOf, cell } = context
  await using resources = new AsyncDisposableStack()
  const metrics = gatewayMetrics(context.metrics)
  const edgeName = Buffer.from(random.bytes(9)).toString('base64url')
  const sessions = new Sessions()
  const chat = new ChatQuestions(fetchOf('chat-service'))
  const buckets = new LocalBuckets(() => clock.monotonicMs())
  const limits = new SendLimits({ store: context.ephemeralStore, fallback: buckets, config })
  const close = (session: Session, code: number, reason: string) =>
    edge.close(session, code, reason)
  const outgoing = new Outgoing({ clock, laggingMs: config.laggingMs, metrics, close })

  const revocations = resources.use(
    await RevocationList.open({
      bus,
      fetch: fetchOf('user-service'),
      clock,
      report,
      onRevoked({ user, device }) {
        for (const session of sessions.of(user))
          if (session.owner?.device === device) close(session, 4501, 'revoked')
      },
    }),
  )
  const verify = createTokenVerifier({
    fetchKeys: () => readKeys(fetchOf('user-service')),
    clock,
    isRevoked: (token) => revocations.isRevoked(token),
  })
  const presence = resources.use(
    new PresenceOfSessions({
      edge: edgeName,
      registry: context.sessionRegistry,
      bus,
      sessions,
      clock,
      report,
    }),
  )
  const edge: Edge = new Edge({
    sessions,
    greeter: new Greeter({
      verify,
      sessions,
      presence,
      chat,
      outgoing,
      close,
      clock,
      random,
      cell,
      config,
    }),
    outgoing,
    sender: new Sender({
      commandLog: new CommandLog(context.eventLog),
      limits,
      chat,
      outgoing,
      clock,
      metrics,
      report,
    }),
    syncer: new Syncer({ chat, outgoing, clock }),
    presence,
    chat,
    limits,
    clock,
    config,
    metrics,
    report,
  })
  resources.use(new Heartbeats({ sessions, chat, outgoing, close, clock, config }))
  resources.use(await bus.subscribe(edgeChannel(edgeName), deliverTo(sessions, outgoing, report)))

  let isDraining = false
  resources.defer(() => drain({ sessions, outgoing, close, clock, random, config }))
  const origins = new Origins(context.publicUrl, config.allowedOrigins)
  const door = openDoor({
    edge,
    sessions,
    buckets,
    isDraining: () => isDraining,
    isAllowedOrigin: (origin, host) => origins.isAllowed(origin, host),
    config,
    metrics,
  })
  const server = new WsEdgeServer(door)
  const answer = publicApi({
    fetchOf,
    own: new Map([...docsPages(), ['/csp-reports', cspReports(metrics)]]),
    webApp: await webApp(context.webFolder),
    origins,
    clock,
    random,
    metrics,
    report,
  })

  const owned = resources.move()
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  return {
    fetch: (request, facts = { address: 'unknown' }) => answer(request, facts),
    upgrade: (request, socket, head) => server.upgrade(request, socket, head),
    faults: () => (isDraining ? ['is ending'] : []),
    ended,
    async [Symbol.asyncDispose]() {
      isDraining = true
      await owned.disposeAsync()
      end()
    },
  }
}

async function readKeys(fetch: ServiceFetch) {
  const response = await fetch(new Request('http://user-service/.well-known/jwks.json'))
  if (!response.ok) throw new ChatError('unavailable', 'the signing keys cannot be read')
  // The verifier looks at each key before it uses it.
  return (await response.json()) as { keys: readonly Readonly<Record<string, unknown>>[] }
}
