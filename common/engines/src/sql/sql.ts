import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * Relations, through Kysely, on SQLite, PostgreSQL and their kin with the same queries.
 *
 * - Portable subset. Text, bytes (`Uint8Array`), integers of 64 bits, booleans as 0 and 1, times as
 *   ms since 1970, JSON as text. No arrays, no advisory locks, no SKIP LOCKED. Integers come back as
 *   `number` up to 2^53-1, which is all that times and counters need, and as `bigint` above.
 * - Durability. A resolved transaction survives what the engine is built for.
 * - Concurrency. Transactions are serialisable on SQLite and read-committed on PostgreSQL: what must
 *   be unique has an index, what must not be lost has a version or an affected-rows check.
 * - Errors. `isUniqueViolation(error)` tells a lost race; everything else is `unavailable`.
 */
export interface SqlEngine<Tables> extends AsyncDisposable {
  readonly db: Kysely<Tables>
  readonly dialect: 'sqlite' | 'postgres'
}

export type Migrations = Readonly<Record<string, Migration>>

export function isUniqueViolation(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, errcode } = error as { code?: unknown; errcode?: unknown }
  // SQLITE_CONSTRAINT_PRIMARYKEY and _UNIQUE; PostgreSQL's unique_violation.
  return code === '23505' || errcode === 1555 || errcode === 2067
}
