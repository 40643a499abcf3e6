import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import {
  type LocalStore,
  type Operation,
  type RangeQuery,
  type Row,
  type Table,
  tables,
} from './local-store.ts'
import { ParleyError } from './parley-error.ts'

interface Statements {
  readonly get: StatementSync
  readonly put: StatementSync
  readonly delete: StatementSync
  readonly up: StatementSync
  readonly down: StatementSync
}

/**
 * One SQLite file, locked for as long as it is open. What was written is on the disk (WAL and
 * `synchronous=FULL`) before `write` resolves. The file is not encrypted: its folder's access
 * rights protect it.
 */
export function openSqliteStore(file: string): LocalStore {
  return attempt(() => new SqliteStore(file))
}

class SqliteStore implements LocalStore {
  readonly #database: DatabaseSync
  readonly #statements = new Map<Table, Statements>()

  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    this.#database = new DatabaseSync(file, { timeout: 0 })
    // Without a lock of its own a second program would use the same ratchets.
    this.#database.exec('PRAGMA locking_mode = EXCLUSIVE')
    this.#database.exec('PRAGMA journal_mode = WAL')
    this.#database.exec('PRAGMA synchronous = FULL')
    this.#database.exec('BEGIN IMMEDIATE')
    for (const table of tables)
      this.#database.exec(
        `CREATE TABLE IF NOT EXISTS "${table}" (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID`,
      )
    this.#database.exec('COMMIT')
    for (const table of tables) this.#statements.set(table, statementsOf(this.#database, table))
  }

  async get(table: Table, key: string): Promise<Uint8Array | undefined> {
    return attempt(() => {
      const row = this.#of(table).get.get(key)
      return row === undefined ? undefined : bytesOf(row['value'])
    })
  }

  async range(table: Table, query: RangeQuery): Promise<readonly Row[]> {
    const { from = '', to = '\u{10ffff}', limit, order = 'ascending' } = query
    return attempt(() => {
      const { up, down } = this.#of(table)
      const rows = (order === 'ascending' ? up : down).all(from, to, limit)
      return rows.map((row) => ({ key: String(row['key']), value: bytesOf(row['value']) }))
    })
  }

  async write(operations: readonly Operation[]): Promise<void> {
    attempt(() => {
      this.#database.exec('BEGIN IMMEDIATE')
      try {
        for (const operation of operations) {
          const statements = this.#of(operation.table)
          if (operation.kind === 'put') statements.put.run(operation.key, operation.value)
          else statements.delete.run(operation.key)
        }
        this.#database.exec('COMMIT')
      } catch (cause) {
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
        throw cause
      }
    })
  }

  async clear(): Promise<void> {
    attempt(() => {
      const deletions = tables.map((table) => `DELETE FROM "${table}";`)
      this.#database.exec(`BEGIN IMMEDIATE; ${deletions.join(' ')} COMMIT`)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#database.isOpen) this.#database.close()
  }

  #of(table: Table): Statements {
    const statements = this.#statements.get(table)
    if (statements === undefined) throw new ParleyError('storage', `no table ${table}`)
    return statements
  }
}

function statementsOf(database: DatabaseSync, table: Table): Statements {
  const range = (order: string) =>
    database.prepare(
      `SELECT key, value FROM "${table}" WHERE key >= ? AND key < ? ORDER BY key ${order} LIMIT ?`,
    )
  return {
    get: database.prepare(`SELECT value FROM "${table}" WHERE key = ?`),
    put: database.prepare(`INSERT OR REPLACE INTO "${table}" (key, value) VALUES (?, ?)`),
    delete: database.prepare(`DELETE FROM "${table}" WHERE key = ?`),
    up: range('ASC'),
    down: range('DESC'),
  }
}

function bytesOf(value: SQLOutputValue | undefined): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw new ParleyError('storage', 'a row without bytes')
}

function attempt<Value>(act: () => Value): Value {
  try {
    return act()
  } catch (cause) {
    if (cause instanceof ParleyError) throw cause
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new ParleyError('storage', `the local store: ${message}`, { cause })
  }
}
