import type { Metrics } from '@parley/runtime'
import { type RateLimitName, rateLimits } from './domain/rate-limits.ts'

/** What user-service counts; one function per event. */
export function userMetrics(metrics: Metrics) {
  const results = ['ok', 'bad-credentials'] as const
  const limiters = Object.keys(rateLimits) as RateLimitName[]
  const signIns = metrics.counter({
    name: 'auth_total',
    help: 'Sign-ins by password.',
    label: { name: 'result', values: results },
  })
  const hashQueue = metrics.gauge({
    name: 'hash_queue',
    help: 'Passwords that wait or are being hashed.',
  })
  const refused = metrics.counter({
    name: 'account_rate_limited_total',
    help: 'Requests refused by a limit of user-service.',
    label: { name: 'limiter', values: limiters },
  })
  return {
    signedIn: (result: (typeof results)[number]) => signIns.inc(1, result),
    refusedBy: (limiter: RateLimitName) => refused.inc(1, limiter),
    queued: (length: number) => hashQueue.set(length),
  }
}
