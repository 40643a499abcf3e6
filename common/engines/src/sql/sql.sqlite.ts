import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { type Dialect, Kysely, SqliteDialect } from 'kysely'
import { openDatabase } from '../sqlite/open-database.ts'
import { migrate } from './migrate.ts'
import type { Migrations, SqlEngine } from './sql.ts'

/** Kysely over node:sqlite. Statements run in the calling thread: for rare, small questions. */
export async function openSqliteSql<Tables>(
  path: string,
  migrations: Migrations,
): Promise<SqlEngine<Tables>> {
  const database = await openDatabase(path)
  database.exec(`
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA cache_size = -8000;
  `)
  const db = new Kysely<Tables>({ dialect: dialectOf(database) })
  await migrate(db, migrations)
  return { db, dialect: 'sqlite', [Symbol.asyncDispose]: () => db.destroy() }
}

/** Kysely's own, with migrations in a transaction: one that fails or is killed leaves nothing. */
function dialectOf(database: DatabaseSync): Dialect {
  const dialect = new SqliteDialect({ database: adapt(database) })
  return {
    createDriver: () => dialect.createDriver(),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createAdapter: () =>
      Object.defineProperty(dialect.createAdapter(), 'supportsTransactionalDdl', { value: true }),
  }
}

/** The few methods that Kysely's dialect calls, in the shape of better-sqlite3. */
function adapt(database: DatabaseSync) {
  return {
    close: () => database.close(),
    prepare(sql: string) {
      const statement = database.prepare(sql)
      statement.setReadBigInts(true)
      const values = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[]
      return {
        reader: statement.columns().length > 0,
        all: (parameters: readonly unknown[]) =>
          statement.all(...values(parameters)).map(normalise),
        run: (parameters: readonly unknown[]) => statement.run(...values(parameters)),
        *iterate(parameters: readonly unknown[]) {
          for (const row of statement.iterate(...values(parameters))) yield normalise(row)
        },
      }
    },
  }
}

/** Whole numbers as `number` as long as they fit, as on PostgreSQL. */
function normalise(row: Record<string, unknown>): Record<string, unknown> {
  const normal: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(row))
    normal[name] = typeof value === 'bigint' && isSafe(value) ? Number(value) : value
  return normal
}

function isSafe(value: bigint): boolean {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
}
