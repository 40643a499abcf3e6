import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { socketPath } from '@parley/protocol'
import type { GatewayConfig } from '../config.ts'
import type { AcceptResult, GatewayMetrics } from '../metrics.ts'
import type { Edge } from './edge.ts'
import type { EdgeServer } from './edge-server.ts'
import type { LocalBuckets } from './local-buckets.ts'
import type { Sessions } from './sessions.ts'

export interface DoorOptions {
  readonly server: EdgeServer
  readonly edge: Pick<Edge, 'open'>
  readonly sessions: Sessions
  readonly buckets: LocalBuckets
  readonly isDraining: () => boolean
  readonly isAllowedOrigin: (origin: string, host: string | undefined) => boolean
  readonly config: Pick<
    GatewayConfig,
    'admissionRate' | 'connectionsMax' | 'unauthenticatedPerAddress'
  >
  readonly metrics: Pick<GatewayMetrics, 'accepted'>
}

interface Refusal {
  readonly result: Exclude<AcceptResult, 'ok'>
  readonly status: string
  readonly retryAfterS?: number
}

/** Decides which connections become sockets. Whoever is refused is told when to come back. */
export function openDoor(options: DoorOptions) {
  const { server, edge, metrics } = options
  return (request: IncomingMessage, socket: Socket, head: Uint8Array): void => {
    const address = addressGroup(socket.remoteAddress ?? 'unknown')
    const refusal = refusalOf(request, address, options)
    metrics.accepted(refusal?.result ?? 'ok')
    if (refusal !== undefined) return refuse(socket, refusal)
    server.accept({ request, socket, head }, (opened) => edge.open(opened, address))
  }
}

function refusalOf(
  { url, headers }: IncomingMessage,
  address: string,
  { sessions, buckets, isDraining, isAllowedOrigin, config }: DoorOptions,
): Refusal | undefined {
  if (url !== socketPath) return { result: 'origin', status: '404 Not Found' }
  if (headers.origin !== undefined && !isAllowedOrigin(headers.origin, headers.host))
    return { result: 'origin', status: '403 Forbidden' }
  if (isDraining()) return { result: 'draining', status: '503 Service Unavailable', retryAfterS: 1 }
  if (sessions.count >= config.connectionsMax)
    return { result: 'admission', status: '503 Service Unavailable', retryAfterS: 10 }
  if (sessions.unauthenticatedOf(address) >= config.unauthenticatedPerAddress)
    return { result: 'limit', status: '429 Too Many Requests', retryAfterS: 1 }
  const { admissionRate } = config
  const bucket = { burst: admissionRate, refillMs: 1_000 / admissionRate, cost: 1 }
  const { isAllowed, retryAfterMs } = buckets.take('admission', bucket)
  if (isAllowed) return undefined
  const retryAfterS = Math.max(1, Math.ceil(retryAfterMs / 1_000))
  return { result: 'admission', status: '503 Service Unavailable', retryAfterS }
}

function refuse(socket: Socket, { status, retryAfterS }: Refusal): void {
  const retry = retryAfterS === undefined ? '' : `Retry-After: ${retryAfterS}\r\n`
  socket.on('error', () => {})
  socket.end(`HTTP/1.1 ${status}\r\n${retry}Content-Length: 0\r\nConnection: close\r\n\r\n`)
  socket.resume()
}

/** One household has one IPv4 address, but a /64 of IPv6. */
export function addressGroup(address: string): string {
  if (address.startsWith('::ffff:')) return address.slice('::ffff:'.length)
  if (!address.includes(':')) return address
  const [upper = '', lower] = address.split('::')
  const groups = upper.split(':').filter((group) => group !== '')
  const missing = lower === undefined ? 0 : Math.max(0, 4 - groups.length)
  return [...groups, ...Array<string>(missing).fill('0')].slice(0, 4).join(':')
}
