/**
 * Large values under their own name. Keys are names of `[a-z0-9][a-z0-9._-]*` with `/` between them,
 * 200 characters at most, no `..`; anything else is a mistake of the caller.
 *
 * - Durability. When `put` resolves the blob survives a power cut; before, it does not exist.
 * - Atomicity. A blob is seen whole or not at all, also while it is put and after a crash.
 * - Idempotency. Putting the same bytes under the same key again changes nothing. Deleting what is
 *   not there does nothing.
 * - Consistency. A blob that was put is seen by every later `get` of every process, one that was
 *   deleted by none.
 * - Errors. `ChatError('unavailable')`: whether it was done is unknown, doing it again is right.
 *   `ChatError('not-found')` for `get` of an unknown key. `ChatError('conflict')` when the bytes do
 *   not have the SHA-256 that was named: nothing was stored.
 * - Caller's duty. A key stands for the same bytes for ever, and is no folder of another key.
 */
export interface BlobStore extends AsyncDisposable {
  put(key: string, bytes: Uint8Array, sha256: Uint8Array): Promise<void>
  has(key: string): Promise<boolean>
  /**
   * `range` counts bytes, both ends included; whole when it is missing. What of it lies behind the
   * end of the blob is left out.
   */
  get(key: string, range?: { readonly from: number; readonly to: number }): Promise<Uint8Array>
  delete(key: string): Promise<void>
}
