import { createHash, randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, rename, rm, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { assert, ChatError } from '@parley/protocol'
import { syncFolder } from '../sqlite/open-database.ts'
import type { BlobStore } from './blob-store.ts'

const keyPattern = /^[a-z0-9][a-z0-9._-]*(\/[a-z0-9][a-z0-9._-]*)*$/

/**
 * Blobs as files. A blob is written beside the others under another name, synced, and given its name
 * in one step; the folder is synced then.
 */
export class FileBlobStore implements BlobStore {
  readonly #folder: string
  /** No key starts with a dot. */
  readonly #parts: string

  private constructor(folder: string) {
    this.#folder = folder
    this.#parts = join(folder, '.parts')
  }

  /** What was being written when the process ended is deleted. */
  static async open(folder: string): Promise<FileBlobStore> {
    const store = new FileBlobStore(folder)
    await rm(store.#parts, { recursive: true, force: true })
    await mkdir(store.#parts, { recursive: true, mode: 0o700 })
    await syncFolder(dirname(folder))
    return store
  }

  async put(key: string, bytes: Uint8Array, sha256: Uint8Array): Promise<void> {
    const path = this.#pathOf(key)
    const digest = createHash('sha256').update(bytes).digest()
    if (!digest.equals(sha256)) throw new ChatError('conflict', 'the bytes have another hash')
    const part = join(this.#parts, randomUUID())
    try {
      await writePart(part, bytes)
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      await rename(part, path)
      await this.#syncFolders(path)
    } catch (cause) {
      await rm(part, { force: true }).catch(() => {})
      throw new ChatError('unavailable', 'the blob could not be stored', { cause })
    }
  }

  async has(key: string): Promise<boolean> {
    const path = this.#pathOf(key)
    try {
      return (await stat(path)).isFile()
    } catch (error) {
      if (isMissing(error)) return false
      throw new ChatError('unavailable', 'the blob store failed', { cause: error })
    }
  }

  async get(
    key: string,
    range?: { readonly from: number; readonly to: number },
  ): Promise<Uint8Array> {
    const path = this.#pathOf(key)
    let file: FileHandle | undefined
    try {
      file = await open(path, 'r')
      const { size } = await file.stat()
      const from = Math.min(range?.from ?? 0, size)
      const to = Math.min((range?.to ?? size - 1) + 1, size)
      const bytes = new Uint8Array(Math.max(0, to - from))
      for (let at = 0; at < bytes.length; ) {
        const { bytesRead } = await file.read(bytes, at, bytes.length - at, from + at)
        assert(bytesRead > 0, 'a blob keeps its size')
        at += bytesRead
      }
      return bytes
    } catch (cause) {
      if (isMissing(cause)) throw new ChatError('not-found', 'no such blob', { cause })
      throw new ChatError('unavailable', 'the blob could not be read', { cause })
    } finally {
      await file?.close()
    }
  }

  async delete(key: string): Promise<void> {
    const path = this.#pathOf(key)
    try {
      await unlink(path)
    } catch (cause) {
      if (isMissing(cause)) return
      throw new ChatError('unavailable', 'the blob could not be deleted', { cause })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #pathOf(key: string): string {
    assert(key.length <= 200 && keyPattern.test(key) && !key.includes('..'), 'a key of a blob')
    return join(this.#folder, key)
  }

  /** Also those that somebody else has made a moment ago: his call may still be under way. */
  async #syncFolders(path: string): Promise<void> {
    for (let folder = dirname(path); folder.length >= this.#folder.length; folder = dirname(folder))
      await syncFolder(folder)
  }
}

async function writePart(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(bytes)
    await file.datasync()
  } finally {
    await file.close()
  }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR'
}
