import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { ChatError } from '@parley/protocol'
import { insist } from '../../tests/insist.ts'
import type { BlobStore } from './blob-store.ts'

export interface BlobStoreUnderTest extends AsyncDisposable {
  readonly store: BlobStore
  /** Another process opens the same blobs after this one was closed or killed. */
  reopen(how: 'closed' | 'killed'): Promise<BlobStore>
}

/** What `BlobStore` promises, checked on one adapter. The test of every adapter calls it. */
export function blobStoreContract(open: () => Promise<BlobStoreUnderTest>): void {
  describe('keeps the contract of BlobStore', { timeout: 60_000 }, () => {
    test('gives back what was put, whatever its size', async () => {
      await using opened = await open()
      for (const [key, bytes] of Object.entries(blobs())) {
        await put(opened.store, key, bytes)
        assert.equal(await insist(() => opened.store.has(key)), true)
        assert.ok(isSame(await get(opened.store, key), bytes), key)
      }
    })

    test('what was never put or was deleted is not there', async () => {
      await using opened = await open()
      const { store } = opened
      await put(store, 'a/there', bytesOf(10))
      await insist(() => store.delete('a/there'))
      for (const key of ['a/there', 'a/never', 'never/never', 'a']) {
        assert.equal(await insist(() => store.has(key)), false, key)
        await assert.rejects(get(store, key), { code: 'not-found' })
        await insist(() => store.delete(key))
      }
      await put(store, 'a/there', bytesOf(10))
      assert.ok(isSame(await get(store, 'a/there'), bytesOf(10)))
    })

    test('deleting a blob leaves those beside it', async () => {
      await using opened = await open()
      const { store } = opened
      for (const key of ['a/1', 'a/10', 'a/2']) await put(store, key, bytesOf(10))
      await insist(() => store.delete('a/1'))
      for (const key of ['a/10', 'a/2']) assert.equal(await insist(() => store.has(key)), true)
    })

    test('putting again, also at once, changes nothing', async () => {
      await using opened = await open()
      const bytes = bytesOf(100_000)
      await Promise.all(Array.from({ length: 8 }, () => put(opened.store, 'a/b', bytes)))
      await put(opened.store, 'a/b', bytes)
      assert.ok(isSame(await get(opened.store, 'a/b'), bytes))
    })

    test('bytes with another hash are refused, and nothing is stored', async () => {
      await using opened = await open()
      const { store } = opened
      for (const sha256 of [hashOf(bytesOf(11)), new Uint8Array(32), new Uint8Array()]) {
        const putting = insist(() => store.put('a', bytesOf(10), sha256))
        await assert.rejects(putting, { code: 'conflict' })
        assert.equal(await insist(() => store.has('a')), false)
      }
      await put(store, 'a', bytesOf(10))
      await assert.rejects(
        insist(() => store.put('a', bytesOf(12), hashOf(bytesOf(10)))),
        { code: 'conflict' },
      )
      assert.ok(isSame(await get(store, 'a'), bytesOf(10)))
    })

    test('gives any range, both ends included, as far as there is something', async () => {
      await using opened = await open()
      const bytes = bytesOf(1_000)
      await put(opened.store, 'a', bytes)
      await put(opened.store, 'empty', new Uint8Array())
      for (const [from, to] of [
        [0, 999],
        [0, 0],
        [999, 999],
        [10, 19],
        [990, 5_000],
        [1_000, 1_000],
        [5_000, 6_000],
      ] as const) {
        const found = await insist(() => opened.store.get('a', { from, to }))
        assert.ok(isSame(found, bytes.slice(from, to + 1)), `${from} to ${to}`)
      }
      const nothing = await insist(() => opened.store.get('empty', { from: 0, to: 9 }))
      assert.equal(nothing.length, 0)
      await assert.rejects(
        insist(() => opened.store.get('other', { from: 0, to: 9 })),
        { code: 'not-found' },
      )
    })

    test('a reader never sees a part of a blob', async () => {
      await using opened = await open()
      const { store } = opened
      const bytes = bytesOf(3_000_000)
      let isDone = false
      const putting = put(store, 'a', bytes).then(() => {
        isDone = true
      })
      let looks = 0
      while (!isDone || looks < 3) {
        const found = await get(store, 'a').catch((error: unknown) => {
          if (error instanceof ChatError && error.code === 'not-found') return undefined
          throw error
        })
        assert.ok(found === undefined ? !isDone || looks === 0 : isSame(found, bytes))
        looks += 1
      }
      await putting
    })

    test('a key that is none is refused by everything', async () => {
      await using opened = await open()
      const { store } = opened
      const none = ['', '/', '/a', 'a/', 'a//b', '../a', 'a/../../b', 'a/.', '.parts', 'A', 'ä']
      for (const key of [...none, 'a\0', 'a b', 'a'.repeat(201)])
        for (const act of [
          () => store.put(key, bytesOf(1), hashOf(bytesOf(1))),
          () => store.get(key),
          () => store.has(key),
          () => store.delete(key),
        ])
          await assert.rejects(insist<unknown>(act), (error) => !(error instanceof ChatError), key)
      await put(store, 'a'.repeat(200), bytesOf(1))
    })

    for (const how of ['closed', 'killed'] as const)
      test(`what was put, or deleted, stays so after the process was ${how}`, async () => {
        await using opened = await open()
        for (const [key, bytes] of Object.entries(blobs())) await put(opened.store, key, bytes)
        await insist(() => opened.store.delete('small'))
        const store = await opened.reopen(how)
        for (const [key, bytes] of Object.entries(blobs()))
          if (key !== 'small') assert.ok(isSame(await get(store, key), bytes), key)
        assert.equal(await insist(() => store.has('small')), false)
      })
  })
}

function blobs(): Readonly<Record<string, Uint8Array>> {
  return {
    empty: new Uint8Array(),
    small: bytesOf(1),
    'in/a/folder-of_its.own/0': bytesOf(70_000),
    'in/a/large': bytesOf(2_000_003),
  }
}

function put(store: BlobStore, key: string, bytes: Uint8Array): Promise<void> {
  return insist(() => store.put(key, bytes, hashOf(bytes)))
}

function get(store: BlobStore, key: string): Promise<Uint8Array> {
  return insist(() => store.get(key))
}

/** Not the same for any two sizes. */
function bytesOf(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => (index * 7 + size) % 251)
}

function hashOf(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest()
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
