import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { chmod, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { FaultyBlobStore } from '../../tests/blob-store.faulty.ts'
import { seedOfRun } from '../../tests/seeded-random.ts'
import { temporaryFolder } from '../../tests/temporary-folder.ts'
import { type BlobStoreUnderTest, blobStoreContract } from './blob-store.contract.ts'
import { FileBlobStore } from './blob-store.files.ts'
import type { BlobStore } from './blob-store.ts'

const bytes = new Uint8Array([1, 2, 3])
const sha256 = createHash('sha256').update(bytes).digest()

describe('blobs as files', () => {
  blobStoreContract(() => openUnderTest((store) => store))

  test('what was being written when the process was killed is gone', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'blobs')
    await FileBlobStore.open(path)
    await writeFile(join(path, '.parts', 'half'), bytes)
    const store = await FileBlobStore.open(path)
    await store.put('a', bytes, sha256)
    assert.deepEqual(await readdir(join(path, '.parts')), [])
  })

  test('a blob that cannot be stored is an error, and leaves nothing', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'blobs')
    const store = await FileBlobStore.open(path)
    await store.put('a', bytes, sha256)
    await assert.rejects(store.put('a/b', bytes, sha256), { code: 'unavailable' })
    assert.deepEqual(await readdir(join(path, '.parts')), [])
    await assert.rejects(store.get('a/b'), { code: 'not-found' })
  })

  test('the owner alone can read the blobs', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'blobs')
    await chmod(folder.path, 0o755)
    const store = await FileBlobStore.open(path)
    await store.put('a/b', bytes, sha256)
    assert.equal((await stat(join(path, 'a/b'))).mode & 0o777, 0o600)
    for (const each of ['', 'a', '.parts'])
      assert.equal((await stat(join(path, each))).mode & 0o777, 0o700, each)
  })
})

const seed = seedOfRun()

describe(`blobs that do what S3 may (SEED=${seed})`, () => {
  blobStoreContract(() => openUnderTest((store) => new FaultyBlobStore(store, seed)))
})

async function openUnderTest(wrap: (store: BlobStore) => BlobStore): Promise<BlobStoreUnderTest> {
  const folder = await temporaryFolder()
  const path = join(folder.path, 'blobs')
  let store = wrap(await FileBlobStore.open(path))
  return {
    get store() {
      return store
    },
    // Nothing is held between two calls: `tests/crash.test.ts` kills a process within one.
    async reopen() {
      await store[Symbol.asyncDispose]()
      store = wrap(await FileBlobStore.open(path))
      return store
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}
