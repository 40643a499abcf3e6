import { createHash } from 'node:crypto'
import type { EphemeralStore } from '@parley/engines'
import { ChatError } from '@parley/protocol'
import type { Clock } from '@parley/runtime'
import type { RateLimit, RateLimiter, RateLimitName, RateLimits } from '../domain/rate-limits.ts'

/** A process alone gives out this part of a rate: there may be so many of them. */
const shareAlone = 4
const bucketsAloneMax = 10_000
const closedRetryMs = 5_000

/** Buckets in the ephemeral store, keyed by a hash: neither names nor addresses are stored. */
export class EphemeralRateLimiter implements RateLimiter {
  readonly #store: Pick<EphemeralStore, 'takeToken'>
  readonly #limits: RateLimits
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #onRefused: (limit: RateLimitName) => void
  /** When each bucket will be full again, for the time without the store. */
  readonly #fullAtMs = new Map<string, number>()

  constructor({
    store,
    limits,
    clock,
    onRefused,
  }: {
    readonly store: Pick<EphemeralStore, 'takeToken'>
    readonly limits: RateLimits
    readonly clock: Pick<Clock, 'monotonicMs'>
    readonly onRefused: (limit: RateLimitName) => void
  }) {
    this.#store = store
    this.#limits = limits
    this.#clock = clock
    this.#onRefused = onRefused
  }

  async take(name: RateLimitName, key: string): Promise<void> {
    const limit = this.#limits[name]
    const hash = createHash('sha256').update(key).digest('base64url').slice(0, 22)
    const { isAllowed, retryAfterMs } = await this.#verdict(`rate:user:${name}:${hash}`, limit)
    if (isAllowed) return
    this.#onRefused(name)
    throw new ChatError('rate', 'that was a lot at once', { retryAfterMs })
  }

  async #verdict(key: string, { burst, refillMs, whenStoreIsGone }: RateLimit) {
    try {
      return await this.#store.takeToken(key, { burst, refillMs, cost: 1 })
    } catch (cause) {
      if (whenStoreIsGone === 'closed')
        throw new ChatError('unavailable', 'this is not possible right now', {
          cause,
          retryAfterMs: closedRetryMs,
        })
      return this.#verdictAlone(key, refillMs * shareAlone, Math.ceil(burst / shareAlone))
    }
  }

  #verdictAlone(key: string, refillMs: number, burst: number) {
    const nowMs = this.#clock.monotonicMs()
    const fullAtMs = Math.max(nowMs, this.#fullAtMs.get(key) ?? 0) + refillMs
    const retryAfterMs = fullAtMs - nowMs - burst * refillMs
    if (retryAfterMs > 0) return { isAllowed: false, retryAfterMs }
    const oldest = this.#fullAtMs.keys().next()
    if (this.#fullAtMs.size >= bucketsAloneMax && !oldest.done) this.#fullAtMs.delete(oldest.value)
    this.#fullAtMs.set(key, fullAtMs)
    return { isAllowed: true, retryAfterMs: 0 }
  }
}
