import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { Kysely, SqliteDialect } from 'kysely'
import { migrate } from './migrate.ts'
import type { Migrations, SqlEngine } from './sql.ts'

/** Kysely over node:sqlite. Statements run in the calling thread: for rare, small questions. */
export async function openSqliteSql<Tables>(
  path: string,
  migrations: Migrations,
): Promise<SqlEngine<Tables>> {
  const database = new DatabaseSync(path)
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA cache_size = -8000;
  `)
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: adapt(database) }) })
  await migrate(db, migrations)
  return { db, dialect: 'sqlite', [Symbol.asyncDispose]: () => db.destroy() }
}

/** The few methods that Kysely's dialect calls, in the shape of better-sqlite3. */
function adapt(database: DatabaseSync) {
  return {
    close: () => database.close(),
    prepare(sql: string) {
      const statement = database.prepare(sql)
      const values = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[]
      return {
        reader: statement.columns().length > 0,
        all: (parameters: readonly unknown[]) => statement.all(...values(parameters)),
        run: (parameters: readonly unknown[]) => statement.run(...values(parameters)),
        iterate: (parameters: readonly unknown[]) => statement.iterate(...values(parameters)),
      }
    },
  }
}
