import { ChatError, socketPath } from '@parley/protocol'
import type { GatewayConfig } from '../config.ts'
import type { AcceptResult, GatewayMetrics } from '../metrics.ts'
import type { Edge } from './edge.ts'
import type { EdgeDoor, EdgeVisitor } from './edge-server.ts'
import type { LocalBuckets } from './local-buckets.ts'
import type { Sessions } from './sessions.ts'

export interface DoorOptions {
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
  readonly error: ChatError
}

/** Decides which connections become sockets. Whoever is refused is told when to come back. */
export function openDoor(options: DoorOptions): EdgeDoor {
  const { edge, metrics } = options
  return (visitor) => {
    const address = addressGroup(visitor.address)
    const refusal = refusalOf(visitor, address, options)
    metrics.accepted(refusal?.result ?? 'ok')
    return refusal?.error ?? ((socket) => edge.open(socket, address))
  }
}

function refusalOf(
  { url, origin, host }: EdgeVisitor,
  address: string,
  { sessions, buckets, isDraining, isAllowedOrigin, config }: DoorOptions,
): Refusal | undefined {
  if (url !== socketPath)
    return { result: 'origin', error: new ChatError('not-found', `sockets are at ${socketPath}`) }
  if (origin !== undefined && !isAllowedOrigin(origin, host))
    return { result: 'origin', error: new ChatError('not-allowed', 'a page of another origin') }
  if (isDraining()) return { result: 'draining', error: later('unavailable', 'is ending', 1_000) }
  if (sessions.count >= config.connectionsMax)
    return { result: 'admission', error: later('overloaded', 'too many sockets', 10_000) }
  if (sessions.unauthenticatedOf(address) >= config.unauthenticatedPerAddress)
    return { result: 'limit', error: later('rate', 'say hello on the others first', 1_000) }
  const { admissionRate } = config
  const bucket = { burst: admissionRate, refillMs: 1_000 / admissionRate, cost: 1 }
  const { isAllowed, retryAfterMs } = buckets.take('admission', bucket)
  if (isAllowed) return undefined
  return { result: 'admission', error: later('overloaded', 'too many at once', retryAfterMs) }
}

const later = (
  code: 'unavailable' | 'overloaded' | 'rate',
  message: string,
  retryAfterMs: number,
): ChatError => new ChatError(code, message, { retryAfterMs: Math.max(1_000, retryAfterMs) })

/** One household has one IPv4 address, but a /64 of IPv6. */
export function addressGroup(address: string): string {
  if (address.startsWith('::ffff:')) return address.slice('::ffff:'.length)
  if (!address.includes(':')) return address
  const [upper = '', lower] = address.split('::')
  const groups = upper.split(':').filter((group) => group !== '')
  const missing = lower === undefined ? 0 : Math.max(0, 4 - groups.length)
  return [...groups, ...Array<string>(missing).fill('0')].slice(0, 4).join(':')
}
