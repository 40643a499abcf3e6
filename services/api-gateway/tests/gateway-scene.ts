import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import {
  type DeviceId,
  type EdgeDelivery,
  edgeChannel,
  encodeEdgeBatch,
  encodeFrame,
  encodeMessage,
  encodeSyncPage,
  newConversationId,
  newDeviceId,
  newUserId,
  type UserId,
} from '@parley/protocol'
import {
  defaultsOf,
  encodeRevocationNotice,
  MetricRegistry,
  openHttpServer,
  revocationsChannel,
  systemClock,
  systemRandom,
  tokenAlgorithm,
  tokenAudience,
  tokenIssuer,
  tokenType,
} from '@parley/runtime'
import { ManualClock } from '@parley/runtime/testing'
import { SignJWT } from 'jose'
import { LocalBuckets } from '../src/edge/local-buckets.ts'
import { type GatewayConfig, gatewayOptions, startApiGateway } from '../src/index.ts'
import { TestBus, TestLog, TestRegistry } from './memory-engines.ts'
import { RawSocket } from './raw-socket.ts'

export interface Person {
  readonly user: UserId
  readonly device: DeviceId
}

let ids = 0n
const parts = () => {
  ids += 1n
  return { atMs: 1_700_000_000_000, cell: 0, random: ids }
}
export const newPerson = (): Person => ({ user: newUserId(parts()), device: newDeviceId(parts()) })
export const newConversation = () => newConversationId(parts())

export interface SceneOptions {
  readonly config?: Partial<GatewayConfig>
  readonly webFolder?: string
}

/** A gateway on a real port, with everything behind it played by the test. Time stands still. */
export async function openScene({ config = {}, webFolder = '/none' }: SceneOptions = {}) {
  await using resources = new AsyncDisposableStack()
  const clock = new ManualClock(systemClock.nowMs())
  const bus = new TestBus()
  const log = new TestLog()
  const registry = new TestRegistry()
  const chat = new ChatStandIn()
  const users = new UsersStandIn(clock)
  const reported: Error[] = []
  const settings = defaultsOf(gatewayOptions, { drainWindowMs: 0, ...config })
  const gateway = await startApiGateway({
    eventLog: log,
    bus,
    sessionRegistry: registry,
    ephemeralStore: new LocalBuckets(() => clock.monotonicMs()),
    fetchOf: (service) => (request) =>
      service === 'chat-service' ? chat.fetch(request) : users.fetch(request),
    clock,
    random: systemRandom,
    metrics: new MetricRegistry(),
    report: (error) => reported.push(error),
    config: settings,
    cell: 0,
    publicUrl: 'http://parley.test',
    webFolder,
  })
  const http = resources.use(
    await openHttpServer({
      host: '127.0.0.1',
      port: 0,
      clock: systemClock,
      fetch: gateway.fetch,
      onUpgrade: gateway.upgrade,
    }),
  )
  resources.use(gateway)
  const url = `http://127.0.0.1:${http.port}`
  const owned = resources.move()
  return {
    gateway,
    clock,
    bus,
    log,
    registry,
    chat,
    users,
    reported,
    url,
    port: http.port,

    async connect(person: Person, lifeMs?: number): Promise<RawSocket> {
      const socket = await RawSocket.open(url)
      await socket.hello(await users.token(person, lifeMs))
      return socket
    },

    /** As the services behind would, on the channel of this edge. */
    deliver(...deliveries: readonly EdgeDelivery[]): void {
      const [session] = registry.sessions.values()
      bus.publish(edgeChannel(session?.edge ?? ''), encodeEdgeBatch(deliveries))
    },

    revoke({ user, device }: Person): void {
      users.revocations += 1
      const number = users.revocations
      const notice = { head: number, revocation: { number, user, device } }
      bus.publish(revocationsChannel, encodeRevocationNotice(notice))
    },

    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Answers what an edge asks of chat-service. */
export class ChatStandIn {
  readonly heads = new Map<UserId, number>()
  readonly requests: {
    readonly method: string
    readonly path: string
    readonly body: string
    readonly authorization: string | null
  }[] = []
  blobs = true
  isAway = false
  /** Entries a sync finds. */
  entries = 0
  pageEntries = 2

  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    this.requests.push({
      method: request.method,
      path: pathname,
      body: await request.text(),
      authorization: request.headers.get('authorization'),
    })
    if (this.isAway) return new Response(null, { status: 503 })
    const head = /^\/internal\/users\/([^/]+)\/log-head$/.exec(pathname)
    if (head !== null)
      return Response.json({ pts: this.heads.get(head[1] as UserId) ?? 0, epoch: 'e' })
    if (pathname.startsWith('/internal/command-blobs/'))
      return Response.json({ isThere: this.blobs })
    if (pathname === '/v1/sync') return this.#sync(searchParams)
    return Response.json({ path: pathname, headers: Object.fromEntries(request.headers) })
  }

  #sync(query: URLSearchParams): Response {
    const since = Number(query.get('since'))
    const request = Number(query.get('request'))
    const last = Math.min(since + this.pageEntries, this.entries)
    const events = Array.from({ length: last - since }, (_, at) => ({
      pts: since + at + 1,
      message: exampleMessage,
    }))
    const page = encodeSyncPage(
      {
        request,
        verdict: 'entries',
        epoch: 'e',
        head: this.entries,
        isLast: last === this.entries,
      },
      events,
    )
    return new Response(page as Uint8Array<ArrayBuffer>)
  }
}

/** Signs tokens and tells of revoked devices, as user-service does. */
export class UsersStandIn {
  readonly #clock: ManualClock
  readonly #privateKey: KeyObject
  readonly #publicKey: KeyObject
  revocations = 0

  constructor(clock: ManualClock) {
    this.#clock = clock
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    this.#privateKey = privateKey
    this.#publicKey = publicKey
  }

  token({ user, device }: Person, lifeMs = 600_000): Promise<string> {
    return new SignJWT({ sid: device, sv: 1, scp: 'account' })
      .setProtectedHeader({ alg: tokenAlgorithm, typ: tokenType, kid: '1' })
      .setIssuer(tokenIssuer)
      .setAudience(tokenAudience)
      .setSubject(user)
      .setExpirationTime(Math.floor((this.#clock.nowMs() + lifeMs) / 1000))
      .sign(this.#privateKey)
  }

  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (pathname === '/.well-known/jwks.json')
      return Response.json({ keys: [{ ...this.#publicKey.export({ format: 'jwk' }), kid: '1' }] })
    if (pathname === '/internal/revocations')
      return Response.json({ head: this.revocations, revocations: [] })
    return Response.json({ path: pathname, headers: Object.fromEntries(request.headers) })
  }
}

/** The bytes of a message that everybody may see. */
const author = newPerson()
export const exampleMessageOf = (bodyBytes: number): Uint8Array =>
  encodeMessage({
    conversation: newConversation(),
    seq: 1,
    sender: author.user,
    device: author.device,
    n: 1,
    atMs: 1,
    counted: 1,
    rules: 1,
    command: { kind: 'leave' },
    body: new Uint8Array(bodyBytes),
    isErased: false,
  })
export const exampleMessage = exampleMessageOf(100)

/** A frame that sync does not bring back. */
export const exampleNotice = encodeFrame({ kind: 'notice', notice: 'devices' })

/** A peer that has opened a connection and reads nothing until it is told to. */
export function rawConnection(port: number): Promise<Socket> {
  const { promise, resolve } = Promise.withResolvers<Socket>()
  const socket = connect({ port, host: '127.0.0.1' }, () => resolve(socket))
  return promise
}

/** Lets everything happen that needs no time. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
