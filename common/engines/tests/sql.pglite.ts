import { PGlite } from '@electric-sql/pglite'
import { Kysely, PGliteDialect } from 'kysely'
import { migrate } from '../src/sql/migrate.ts'
import type { Migrations, SqlEngine } from '../src/sql/sql.ts'

/**
 * PostgreSQL in this process, as the double of the real one: its dialect, not its durability. It
 * takes a second and half a gigabyte, so one instance serves a test file.
 */
export async function openPgliteSql<Tables>(migrations: Migrations): Promise<SqlEngine<Tables>> {
  const pglite = await PGlite.create()
  const db = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) })
  await migrate(db, migrations)
  return { db, dialect: 'postgres', [Symbol.asyncDispose]: () => db.destroy() }
}
