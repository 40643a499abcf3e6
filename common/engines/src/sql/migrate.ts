import type { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import type { Migrations } from './sql.ts'

/** Applies what is missing, in the order of the names. Safe to run again. */
export async function migrate<Tables>(db: Kysely<Tables>, migrations: Migrations): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...migrations }) },
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}
