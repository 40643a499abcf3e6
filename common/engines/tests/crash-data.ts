import type { Migrations } from '../src/sql/sql.ts'

/** What the writer of the crash test writes, and its reader expects. */
export const notesSchema = 'CREATE TABLE IF NOT EXISTS notes (number INTEGER, half TEXT) STRICT'

export interface SqlTables {
  readonly users: { readonly number: number }
}

export const migrations: Migrations = {
  '0001-users': {
    up: async (db) => {
      await db.schema
        .createTable('users')
        .addColumn('number', 'bigint', (column) => column.primaryKey())
        .execute()
    },
  },
}

/** Records of these few keys go to all partitions. */
export function keyOf(number: number): string {
  return `key ${number % 16}`
}

export function blobKey(number: number): string {
  return `${number % 3}/${number}`
}

export function blobOf(number: number): Uint8Array {
  return new Uint8Array(1 + ((number * 7_919) % 200_000)).fill(number % 256)
}
