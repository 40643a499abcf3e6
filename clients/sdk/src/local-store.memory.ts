import {
  type LocalStore,
  type Operation,
  type RangeQuery,
  type Row,
  type Table,
  tables,
} from './local-store.ts'
import { ParleyError } from './parley-error.ts'

/** Forgets everything at the end of the program: for tests, and for bots that want that. */
export class MemoryStore implements LocalStore {
  readonly #tables = new Map<Table, Map<string, Uint8Array>>()
  #isClosed = false

  async get(table: Table, key: string): Promise<Uint8Array | undefined> {
    return this.#rows(table).get(key)?.slice()
  }

  async range(
    table: Table,
    { from = '', to, limit, order = 'ascending' }: RangeQuery,
  ): Promise<readonly Row[]> {
    const keys = [...this.#rows(table).keys()]
      .filter((key) => key >= from && (to === undefined || key < to))
      .sort()
    if (order === 'descending') keys.reverse()
    const rows = this.#rows(table)
    return keys.slice(0, limit).map((key) => {
      return { key, value: (rows.get(key) ?? new Uint8Array()).slice() }
    })
  }

  async write(operations: readonly Operation[]): Promise<void> {
    for (const { table } of operations) this.#rows(table)
    for (const operation of operations) {
      const rows = this.#rows(operation.table)
      if (operation.kind === 'put') rows.set(operation.key, operation.value.slice())
      else rows.delete(operation.key)
    }
  }

  async clear(): Promise<void> {
    this.#rows('state')
    this.#tables.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#tables.clear()
  }

  #rows(table: Table): Map<string, Uint8Array> {
    if (this.#isClosed) throw new ParleyError('storage', 'the store is closed')
    if (!tables.includes(table)) throw new ParleyError('storage', `no table ${table}`)
    let rows = this.#tables.get(table)
    if (rows === undefined) {
      rows = new Map()
      this.#tables.set(table, rows)
    }
    return rows
  }
}
