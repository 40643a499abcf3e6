import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { LocalStore, Operation, Table } from './local-store.ts'

/** What every adapter keeps. `open` opens the same store again after it was disposed. */
export interface StoreSubject {
  readonly open: () => Promise<LocalStore>
  /** False for the one that forgets. */
  readonly isDurable: boolean
  /** Where a second opening of an open store can be told. */
  readonly isExclusive: boolean
}

export function localStoreContract(name: string, make: () => Promise<StoreSubject>): void {
  describe(`local store: ${name}`, () => {
    it('gives back what was written, byte by byte', async () => {
      await using store = await (await make()).open()
      const value = Uint8Array.from({ length: 300 }, (_, index) => index & 0xff)
      await store.write([put('messages', 'a/1', value), put('state', 'a/1', new Uint8Array())])
      assert.deepEqual(await store.get('messages', 'a/1'), value)
      assert.deepEqual(await store.get('state', 'a/1'), new Uint8Array())
      assert.equal(await store.get('messages', 'a/2'), undefined)
    })

    it('reads ranges both ways, the upper end excluded', async () => {
      await using store = await (await make()).open()
      await store.write(['a/1', 'a/2', 'a/3', 'b/1', 'B/1'].map((key) => put('messages', key)))
      const keys = async (query: Parameters<LocalStore['range']>[1]) =>
        (await store.range('messages', query)).map(({ key }) => key)
      assert.deepEqual(await keys({ limit: 10 }), ['B/1', 'a/1', 'a/2', 'a/3', 'b/1'])
      assert.deepEqual(await keys({ from: 'a/', to: 'a0', limit: 10 }), ['a/1', 'a/2', 'a/3'])
      assert.deepEqual(await keys({ from: 'a/1', to: 'a/3', limit: 10 }), ['a/1', 'a/2'])
      assert.deepEqual(await keys({ to: 'a/3', limit: 1, order: 'descending' }), ['a/2'])
      assert.deepEqual(await keys({ from: 'a/2', limit: 2, order: 'descending' }), ['b/1', 'a/3'])
      assert.deepEqual(await keys({ from: 'b', to: 'a', limit: 10 }), [])
    })

    it('applies operations on one key in their order', async () => {
      await using store = await (await make()).open()
      const row = put('state', 'x')
      await store.write([row, { kind: 'delete', table: 'state', key: 'x' }])
      assert.equal(await store.get('state', 'x'), undefined)
      await store.write([{ kind: 'delete', table: 'state', key: 'x' }, row])
      assert.notEqual(await store.get('state', 'x'), undefined)
    })

    it('keeps the order of writes that overlap', async () => {
      await using store = await (await make()).open()
      const big = new Uint8Array(200_000)
      await Promise.all([
        store.write([put('state', 'x', big)]),
        store.write([put('state', 'x', Uint8Array.of(1))]),
        store.write([put('state', 'x', Uint8Array.of(2))]),
      ])
      assert.deepEqual(await store.get('state', 'x'), Uint8Array.of(2))
    })

    it('is not changed by a caller that changes its bytes later', async () => {
      await using store = await (await make()).open()
      const value = Uint8Array.of(1, 2, 3)
      await store.write([put('state', 'x', value)])
      value[0] = 9
      assert.deepEqual(await store.get('state', 'x'), Uint8Array.of(1, 2, 3))
    })

    it('writes all or nothing', async () => {
      await using store = await (await make()).open()
      // A table that nobody has.
      const wrong = put('nonsense' as Table, 'x')
      await assert.rejects(store.write([put('state', 'x'), wrong]), { code: 'storage' })
      assert.equal(await store.get('state', 'x'), undefined)
    })

    it('is empty after clear', async () => {
      await using store = await (await make()).open()
      await store.write([put('state', 'x'), put('mls', 'y')])
      await store.clear()
      assert.deepEqual(await store.range('mls', { limit: 10 }), [])
      assert.equal(await store.get('state', 'x'), undefined)
    })

    it('has everything when it is opened again', async (test) => {
      const { open, isDurable } = await make()
      if (!isDurable) return test.skip('this one forgets')
      {
        await using store = await open()
        await store.write([put('messages', 'x', Uint8Array.of(7))])
      }
      await using again = await open()
      assert.deepEqual(await again.get('messages', 'x'), Uint8Array.of(7))
    })

    it('refuses a second program', async (test) => {
      const { open, isExclusive } = await make()
      if (!isExclusive) return test.skip('cannot be told here')
      await using first = await open()
      await first.write([put('state', 'x')])
      await assert.rejects(open(), { code: 'storage' })
    })

    it('answers after its end with a typed error', async () => {
      const store = await (await make()).open()
      await store[Symbol.asyncDispose]()
      await assert.rejects(store.get('state', 'x'), { code: 'storage' })
    })
  })
}

function put(table: Table, key: string, value = Uint8Array.of(1)): Operation {
  return { kind: 'put', table, key, value }
}
