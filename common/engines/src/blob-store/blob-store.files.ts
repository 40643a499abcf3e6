import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { assert, ChatError } from '@parley/protocol'
import type { BlobStore } from './blob-store.ts'

/** Blobs as files: temporary name, fsync, rename, fsync of the folder. */
export class FileBlobStore implements BlobStore {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async put(key: string, bytes: Uint8Array, sha256: Uint8Array): Promise<void> {
    const digest = createHash('sha256').update(bytes).digest()
    if (!digest.equals(sha256)) throw new ChatError('conflict', 'the bytes have another hash')
    const path = this.#pathOf(key)
    const temporary = `${path}.${randomUUID()}.part`
    await attempt(async () => {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const file = await open(temporary, 'wx', 0o600)
      try {
        await file.writeFile(bytes)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, path)
      const folder = await open(dirname(path), 'r')
      await folder.sync().finally(() => folder.close())
    })
  }

  async has(key: string): Promise<boolean> {
    return stat(this.#pathOf(key)).then(
      () => true,
      () => false,
    )
  }

  async get(key: string, range?: { readonly from: number; readonly to: number }) {
    const bytes = await readFile(this.#pathOf(key)).catch((cause: NodeJS.ErrnoException) => {
      const code = cause.code === 'ENOENT' ? 'not-found' : 'unavailable'
      throw new ChatError(code, 'no such blob', { cause })
    })
    return range === undefined ? bytes : bytes.subarray(range.from, range.to + 1)
  }

  async delete(key: string): Promise<void> {
    await attempt(() => rm(this.#pathOf(key), { force: true }))
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #pathOf(key: string): string {
    assert(/^[a-z0-9][a-z0-9/._-]{0,200}$/.test(key) && !key.includes('..'), 'a key of a blob')
    return join(this.#folder, key)
  }
}

async function attempt(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    throw new ChatError('unavailable', 'the blob store failed', { cause })
  }
}
