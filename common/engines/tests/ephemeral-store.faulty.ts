import type {
  EphemeralStore,
  TokenBucket,
  TokenVerdict,
} from '../src/ephemeral-store/ephemeral-store.ts'
import { Faults } from './faults.ts'

/** A store that does whatever the contract allows: it is late, fails, and loses everything. */
export class FaultyEphemeralStore implements EphemeralStore {
  readonly #store: EphemeralStore
  readonly #empty: () => Promise<void>
  readonly #faults: Faults
  #losses = 0

  constructor(store: EphemeralStore, empty: () => Promise<void>, seed: number) {
    this.#store = store
    this.#empty = empty
    this.#faults = new Faults({ seed, lost: 0.005 })
  }

  get losses(): number {
    return this.#losses
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.#call(() => this.#store.get(key))
  }

  set(key: string, value: Uint8Array, ttlMs: number): Promise<void> {
    return this.#call(() => this.#store.set(key, value, ttlMs))
  }

  delete(key: string): Promise<void> {
    return this.#call(() => this.#store.delete(key))
  }

  takeToken(key: string, bucket: TokenBucket): Promise<TokenVerdict> {
    return this.#call(() => this.#store.takeToken(key, bucket))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store[Symbol.asyncDispose]()
  }

  async #call<Answer>(act: () => Promise<Answer>): Promise<Answer> {
    if (this.#faults.random.chance(0.02)) {
      this.#losses += 1
      await this.#empty()
    }
    return this.#faults.call(act)
  }
}
