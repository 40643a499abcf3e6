import type { EphemeralStore, TokenBucket, TokenVerdict } from './ephemeral-store.ts'

interface Entry {
  readonly value: Uint8Array
  readonly untilMs: number
}

/** The ephemeral store of one process, bounded: the oldest entries go first. */
export class MemoryEphemeralStore implements EphemeralStore {
  readonly #nowMs: () => number
  readonly #entriesMax: number
  readonly #entries = new Map<string, Entry>()
  /** Theoretical arrival time of each bucket: when it will be full again. */
  readonly #buckets = new Map<string, number>()

  constructor({
    nowMs,
    entriesMax = 200_000,
  }: {
    readonly nowMs: () => number
    readonly entriesMax?: number
  }) {
    this.#nowMs = nowMs
    this.#entriesMax = entriesMax
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const entry = this.#entries.get(key)
    if (entry === undefined || entry.untilMs > this.#nowMs()) return entry?.value
    this.#entries.delete(key)
    return undefined
  }

  async set(key: string, value: Uint8Array, ttlMs: number): Promise<void> {
    this.#entries.delete(key)
    this.#entries.set(key, { value, untilMs: this.#nowMs() + ttlMs })
    evict(this.#entries, this.#entriesMax)
  }

  async delete(key: string): Promise<void> {
    this.#entries.delete(key)
  }

  async takeToken(key: string, { burst, refillMs, cost }: TokenBucket): Promise<TokenVerdict> {
    const nowMs = this.#nowMs()
    const fullAtMs = Math.max(nowMs, this.#buckets.get(key) ?? 0) + cost * refillMs
    const retryAfterMs = Math.ceil(fullAtMs - nowMs - burst * refillMs)
    if (retryAfterMs > 0) return { isAllowed: false, retryAfterMs }
    this.#buckets.delete(key)
    this.#buckets.set(key, fullAtMs)
    evict(this.#buckets, this.#entriesMax)
    return { isAllowed: true, retryAfterMs: 0 }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#entries.clear()
    this.#buckets.clear()
  }
}

function evict(entries: Map<string, unknown>, max: number): void {
  for (const key of entries.keys()) {
    if (entries.size <= max) return
    entries.delete(key)
  }
}
