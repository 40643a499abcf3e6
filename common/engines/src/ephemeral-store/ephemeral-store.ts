/**
 * Small values that everyone may see change and that nobody misses when they are gone.
 *
 * - Durability. None: entries and buckets may vanish at any time, all at once included. Asking for
 *   what has vanished is no error.
 * - Atomicity. Each method is one step for every process.
 * - Consistency. As long as nothing vanishes, a `get` sees the last `set` or `delete` that has
 *   resolved. Entries and buckets are apart even under the same key. The bytes are not copied:
 *   neither side changes them afterwards.
 * - Time. An entry is not seen any more `ttlMs` after it was set; setting it again starts anew.
 * - Errors. `ChatError('unavailable')`: whether it was done is unknown. Each caller says what it
 *   does then.
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
  /** More than `burst` is never allowed. */
  readonly cost: number
}

export interface TokenVerdict {
  readonly isAllowed: boolean
  /**
   * When asking again may help; 0 when it is allowed. It is allowed then if nobody else has taken
   * anything meanwhile.
   */
  readonly retryAfterMs: number
}
