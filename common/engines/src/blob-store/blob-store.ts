/**
 * Large values under their own name. Keys are `[a-z0-9][a-z0-9/._-]{0,200}`, no `..`.
 *
 * - Durability. When `put` resolves the blob survives a power cut; before, it does not exist.
 * - Idempotency. Putting the same bytes under the same key again changes nothing.
 * - Consistency. A blob that was put is seen by every later `get`.
 * - Errors. `ChatError('unavailable')`; `ChatError('not-found')` for `get` of an unknown key;
 *   `ChatError('conflict')` when the bytes do not have the SHA-256 that was named.
 */
export interface BlobStore extends AsyncDisposable {
  put(key: string, bytes: Uint8Array, sha256: Uint8Array): Promise<void>
  has(key: string): Promise<boolean>
  /** `range` counts bytes, both ends included; whole when it is missing. */
  get(key: string, range?: { readonly from: number; readonly to: number }): Promise<Uint8Array>
  delete(key: string): Promise<void>
}
