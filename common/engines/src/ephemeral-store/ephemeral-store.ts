/**
 * Small values that everyone may see change and that nobody misses when they are gone.
 *
 * - Durability. None: entries may vanish at any time, all at once included.
 * - Atomicity. Each method is one step for every process.
 * - Errors. `ChatError('unavailable')`. Each caller says what it does then.
 */
export interface EphemeralStore extends AsyncDisposable {
  get(key: string): Promise<Uint8Array | undefined>
  set(key: string, value: Uint8Array, ttlMs: number): Promise<void>
  delete(key: string): Promise<void>

  /**
   * Generic cell rate algorithm (ITU-T I.371): takes `cost` from the bucket of `key`, which holds
   * `burst` and refills one unit each `refillMs`. Nothing is taken when it is not allowed.
   */
  takeToken(key: string, bucket: TokenBucket): Promise<TokenVerdict>
}

export interface TokenBucket {
  readonly burst: number
  readonly refillMs: number
  readonly cost: number
}

export interface TokenVerdict {
  readonly isAllowed: boolean
  /** When asking again may help; 0 when it is allowed. */
  readonly retryAfterMs: number
}
