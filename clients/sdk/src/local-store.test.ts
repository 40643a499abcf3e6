import 'fake-indexeddb/auto'
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { localStoreContract } from './local-store.contract.ts'
import { openIndexedDbStore } from './local-store.indexeddb.ts'
import { MemoryStore } from './local-store.memory.ts'
import { openSqliteStore } from './local-store.sqlite.node.ts'

const folder = mkdtempSync(join(tmpdir(), 'parley-store-'))
after(() => rmSync(folder, { recursive: true }))
let subjects = 0
const nextName = () => {
  subjects += 1
  return `store-${subjects}`
}

localStoreContract('memory', async () => {
  return { open: async () => new MemoryStore(), isDurable: false, isExclusive: false }
})

localStoreContract('SQLite', async () => {
  const file = join(folder, nextName(), 'device.db')
  return { open: async () => openSqliteStore(file), isDurable: true, isExclusive: true }
})

localStoreContract('IndexedDB', async () => {
  const name = nextName()
  const isExclusive = globalThis.navigator?.locks !== undefined
  return { open: () => openIndexedDbStore({ name }), isDurable: true, isExclusive }
})

it('no value in IndexedDB can be read without its key, nor moved to another row', async () => {
  const name = nextName()
  {
    await using store = await openIndexedDbStore({ name })
    const value = new TextEncoder().encode('a canary sings')
    await store.write([{ kind: 'put', table: 'messages', key: 'a', value }])
  }
  const { openDB } = await import('idb')
  const database = await openDB(name)
  const sealed: Uint8Array = await database.get('messages', 'a')
  assert.ok(!new TextDecoder().decode(sealed).includes('canary'))
  await database.put('messages', sealed, 'b')
  database.close()
  await using store = await openIndexedDbStore({ name })
  assert.equal(new TextDecoder().decode(await store.get('messages', 'a')), 'a canary sings')
  await assert.rejects(store.get('messages', 'b'), { code: 'storage' })
})
