import type { TokenBucket, TokenVerdict } from '@parley/engines'

const keysMax = 10_000

/** Token buckets of this process alone (GCRA), bounded: the oldest are forgotten. */
export class LocalBuckets {
  readonly #nowMs: () => number
  readonly #fullAtMs = new Map<string, number>()

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  async takeToken(key: string, bucket: TokenBucket): Promise<TokenVerdict> {
    return this.take(key, bucket)
  }

  take(key: string, { burst, refillMs, cost }: TokenBucket): TokenVerdict {
    const nowMs = this.#nowMs()
    const fullAtMs = Math.max(nowMs, this.#fullAtMs.get(key) ?? 0) + cost * refillMs
    const retryAfterMs = Math.ceil(fullAtMs - nowMs - burst * refillMs)
    if (retryAfterMs > 0) return { isAllowed: false, retryAfterMs }
    this.#fullAtMs.delete(key)
    this.#fullAtMs.set(key, fullAtMs)
    for (const oldest of this.#fullAtMs.keys()) {
      if (this.#fullAtMs.size <= keysMax) break
      this.#fullAtMs.delete(oldest)
    }
    return { isAllowed: true, retryAfterMs: 0 }
  }
}
