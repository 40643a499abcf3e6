import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import {
  type EmbeddedEngines,
  type Migrations,
  openEmbeddedEngines,
  type SqlEngine,
} from '@parley/engines'
import type { Clock } from '@parley/runtime'
import { Kysely, PGliteDialect } from 'kysely'
import { Migrator } from 'kysely/migration'

export const dialects = ['sqlite', 'postgres'] as const
export type Dialect = (typeof dialects)[number]

/** The embedded engines in a folder of their own, which goes with them. */
export async function temporaryEngines(clock: Clock): Promise<EmbeddedEngines> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'parley-user-'))
  const engines = await openEmbeddedEngines({
    dataFolder,
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs(),
  })
  return {
    ...engines,
    async [Symbol.asyncDispose]() {
      await engines[Symbol.asyncDispose]()
      await rm(dataFolder, { recursive: true })
    },
  }
}

/** PostgreSQL in this process, as the double of the real one. */
export async function openPglite<Tables>(migrations: Migrations): Promise<SqlEngine<Tables>> {
  const pglite = await PGlite.create()
  const db = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) })
  const { error } = await new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...migrations }) },
  }).migrateToLatest()
  if (error !== undefined) throw error
  return { db, dialect: 'postgres', [Symbol.asyncDispose]: () => db.destroy() }
}
