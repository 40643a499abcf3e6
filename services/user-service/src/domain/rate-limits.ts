/** A bucket of requests, and what happens when nobody can say how full it is. */
export interface RateLimit {
  readonly burst: number
  readonly refillMs: number
  /**
   * `open`: this process goes on alone with a small part of the rate. `closed`: `unavailable`, because
   * guessing or flooding would be worse than waiting.
   */
  readonly whenStoreIsGone: 'open' | 'closed'
}

/** Limits whose key is an account or an address; the others are the gateway's. */
export const rateLimits = {
  'sign-up-of-address': { burst: 3, refillMs: 60_000, whenStoreIsGone: 'closed' },
  'sign-in-of-account': { burst: 5, refillMs: 300_000, whenStoreIsGone: 'open' },
  'sign-in-of-address': { burst: 20, refillMs: 60_000, whenStoreIsGone: 'open' },
  'new-device-of-account': { burst: 6, refillMs: 120_000, whenStoreIsGone: 'closed' },
  'look-up-of-account': { burst: 100, refillMs: 900_000, whenStoreIsGone: 'open' },
  'claim-of-caller-and-target': { burst: 6, refillMs: 600_000, whenStoreIsGone: 'closed' },
} as const satisfies Readonly<Record<string, RateLimit>>

export type RateLimitName = keyof typeof rateLimits
export type RateLimits = Readonly<Record<RateLimitName, RateLimit>>

/**
 * Refuses what comes too often.
 *
 * - Errors. `rate` with the time to wait; `unavailable` where the limit closes without its store.
 */
export interface RateLimiter {
  take(limit: RateLimitName, key: string): Promise<void>
}
