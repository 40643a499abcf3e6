import type { BlobStore } from '../src/blob-store/blob-store.ts'
import { Faults } from './faults.ts'

/** A blob store that does whatever the contract allows: it is late and fails, before or after. */
export class FaultyBlobStore implements BlobStore {
  readonly #store: BlobStore
  readonly #faults: Faults

  constructor(store: BlobStore, seed: number) {
    this.#store = store
    this.#faults = new Faults({ seed, lost: 0.15 })
  }

  put(key: string, bytes: Uint8Array, sha256: Uint8Array): Promise<void> {
    return this.#faults.call(() => this.#store.put(key, bytes, sha256))
  }

  has(key: string): Promise<boolean> {
    return this.#faults.call(() => this.#store.has(key))
  }

  get(key: string, range?: { readonly from: number; readonly to: number }): Promise<Uint8Array> {
    return this.#faults.call(() => this.#store.get(key, range))
  }

  delete(key: string): Promise<void> {
    return this.#faults.call(() => this.#store.delete(key))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store[Symbol.asyncDispose]()
  }
}
