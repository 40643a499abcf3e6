import { createWrapKey, openEntry, sealEntry } from '@parley/e2ee'
import { type IDBPDatabase, openDB } from 'idb'
import {
  type LocalStore,
  type Operation,
  type RangeQuery,
  type Row,
  type Table,
  tables,
} from './local-store.ts'
import { ParleyError } from './parley-error.ts'

export interface IndexedDbOptions {
  /** Name of the database; another name is another device. */
  readonly name: string
  /** Called when the browser has taken the database away: open everything anew. */
  readonly onLost?: () => void
}

/**
 * IndexedDB with `durability: 'strict'`. Every value is wrapped with an AES-256-GCM key that the
 * browser does not hand out, bound to its table and key: a copy of the files alone reads nothing.
 * Keys of rows (conversation ids and numbers) are not wrapped.
 *
 * Takes the Web Lock `parley/<name>` where there are Web Locks, and fails with `storage` when
 * somebody else has it.
 */
export async function openIndexedDbStore({
  name,
  onLost = () => {},
}: IndexedDbOptions): Promise<LocalStore> {
  return await attempt(async () => {
    const lock = await takeLock(`parley/${name}`)
    try {
      const database = await openDB(name, 1, {
        upgrade(fresh) {
          fresh.createObjectStore(keyTable)
          for (const table of tables) fresh.createObjectStore(table)
        },
        terminated: onLost,
      })
      return new IndexedDbStore({ database, lock, key: await wrapKeyOf(database) })
    } catch (cause) {
      await lock[Symbol.asyncDispose]()
      throw cause
    }
  })
}

/** Where the wrapping key lives, as a `CryptoKey` that cannot be read. */
const keyTable = 'key'

interface Parts {
  readonly database: IDBPDatabase
  readonly lock: AsyncDisposable
  readonly key: CryptoKey
}

class IndexedDbStore implements LocalStore {
  readonly #database: IDBPDatabase
  readonly #lock: AsyncDisposable
  readonly #key: CryptoKey
  /** Writes wait for each other: sealing takes different times, their order must not change. */
  #last: Promise<unknown> = Promise.resolve()

  constructor({ database, lock, key }: Parts) {
    this.#database = database
    this.#lock = lock
    this.#key = key
  }

  async get(table: Table, key: string): Promise<Uint8Array | undefined> {
    return await attempt(async () => {
      await this.#last
      const sealed: unknown = await this.#database.get(table, key)
      return sealed === undefined ? undefined : await this.#open(table, key, sealed)
    })
  }

  async range(table: Table, query: RangeQuery): Promise<readonly Row[]> {
    const { from = '', to, limit, order = 'ascending' } = query
    return await attempt(async () => {
      await this.#last
      if (to !== undefined && to <= from) return []
      const keyRange =
        to === undefined ? IDBKeyRange.lowerBound(from) : IDBKeyRange.bound(from, to, false, true)
      const found: { key: string; sealed: unknown }[] = []
      const transaction = this.#database.transaction(table)
      if (order === 'ascending') {
        const [keys, values] = await Promise.all([
          transaction.store.getAllKeys(keyRange, limit),
          transaction.store.getAll(keyRange, limit),
        ])
        keys.forEach((key, index) => {
          found.push({ key: String(key), sealed: values[index] })
        })
      } else {
        let cursor = await transaction.store.openCursor(keyRange, 'prev')
        while (cursor !== null && found.length < limit) {
          found.push({ key: String(cursor.key), sealed: cursor.value })
          cursor = await cursor.continue()
        }
      }
      return await Promise.all(
        found.map(async ({ key, sealed }) => ({
          key,
          value: await this.#open(table, key, sealed),
        })),
      )
    })
  }

  async write(operations: readonly Operation[]): Promise<void> {
    await this.#inOrder(async () => {
      // A transaction of IndexedDB ends when it has nothing to do, so sealing comes first.
      const sealed = await Promise.all(
        operations.map(async (operation) =>
          operation.kind === 'put'
            ? { ...operation, value: await this.#seal(operation) }
            : operation,
        ),
      )
      if (sealed.length === 0) return
      const names = [...new Set(sealed.map(({ table }) => table))]
      const transaction = this.#database.transaction(names, 'readwrite', { durability: 'strict' })
      for (const operation of sealed) {
        const store = transaction.objectStore(operation.table)
        const done =
          operation.kind === 'put'
            ? store.put(operation.value, operation.key)
            : store.delete(operation.key)
        // The transaction reports the failure of any of its requests.
        done.catch(() => {})
      }
      await transaction.done
    })
  }

  async clear(): Promise<void> {
    await this.#inOrder(async () => {
      const transaction = this.#database.transaction(tables, 'readwrite', { durability: 'strict' })
      for (const table of tables)
        transaction
          .objectStore(table)
          .clear()
          .catch(() => {})
      await transaction.done
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last
    this.#database.close()
    await this.#lock[Symbol.asyncDispose]()
  }

  async #inOrder(act: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(act)
    this.#last = turn.catch(() => {})
    await attempt(() => turn)
  }

  #seal({ table, key, value }: Operation & { kind: 'put' }): Promise<Uint8Array> {
    return sealEntry(this.#key, value, boundTo(table, key))
  }

  async #open(table: Table, key: string, sealed: unknown): Promise<Uint8Array> {
    if (!(sealed instanceof Uint8Array)) throw new ParleyError('storage', 'a row without bytes')
    return await openEntry(this.#key, sealed, boundTo(table, key))
  }
}

function boundTo(table: Table, key: string): Uint8Array {
  return new TextEncoder().encode(`parley/store/1:${table}:${key}`)
}

async function wrapKeyOf(database: IDBPDatabase): Promise<CryptoKey> {
  const stored: unknown = await database.get(keyTable, 'wrap')
  if (isCryptoKey(stored)) return stored
  const fresh = await createWrapKey()
  await database.put(keyTable, fresh, 'wrap')
  return fresh
}

function isCryptoKey(value: unknown): value is CryptoKey {
  return typeof value === 'object' && value !== null && 'algorithm' in value && 'usages' in value
}

/** Held until disposed; the browser gives it back when the program ends however it ends. */
async function takeLock(name: string): Promise<AsyncDisposable> {
  const locks = globalThis.navigator?.locks
  if (locks === undefined) return { [Symbol.asyncDispose]: async () => {} }
  const answer = Promise.withResolvers<boolean>()
  const release = Promise.withResolvers<void>()
  const held = locks.request(name, { ifAvailable: true }, async (lock) => {
    answer.resolve(lock !== null)
    if (lock !== null) await release.promise
  })
  held.catch(answer.reject)
  if (!(await answer.promise)) throw new ParleyError('storage', 'this device is open elsewhere')
  return {
    async [Symbol.asyncDispose]() {
      release.resolve()
      await held
    },
  }
}

async function attempt<Value>(act: () => Promise<Value>): Promise<Value> {
  try {
    return await act()
  } catch (cause) {
    if (cause instanceof ParleyError) throw cause
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new ParleyError('storage', `the local store: ${message}`, { cause })
  }
}
