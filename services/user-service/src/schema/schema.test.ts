import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { ManualClock } from '@parley/runtime/testing'
import type { Kysely } from 'kysely'
import { openPglite, temporaryEngines } from '../../tests/engines.ts'
import { migrations } from './migrations.ts'
import type { Tables } from './tables.ts'

const file = new URL('./schema.txt', import.meta.url)

/** Every table, its columns and what they hold, as the database says. */
async function dump(db: Kysely<Tables>): Promise<string> {
  const tables = await db.introspection.getTables()
  return tables
    .filter(({ name }) => !name.startsWith('kysely_'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, columns }) =>
      [
        name,
        ...columns.map(({ name: column, dataType, isNullable }) => {
          const type = dataType.toLowerCase().replace('int8', 'bigint').replace('int4', 'integer')
          return `  ${column} ${type}${isNullable ? ' null' : ''}`
        }),
      ].join('\n'),
    )
    .join('\n')
}

test('the migrations give the committed schema, the same on SQLite and PostgreSQL', async () => {
  await using engines = await temporaryEngines(new ManualClock())
  await using sqlite = await engines.openSql<Tables>('users', migrations)
  await using postgres = await openPglite<Tables>(migrations)
  const text = `${await dump(postgres.db)}\n`
  if (process.env['UPDATE'] === '1') await writeFile(file, text)
  assert.equal(text, await readFile(file, 'utf8'))
  // SQLite calls a primary key of text nullable, though no statement of ours makes it so.
  const withoutNulls = (schema: string) => schema.replaceAll(' null', '')
  assert.equal(withoutNulls(`${await dump(sqlite.db)}\n`), withoutNulls(text))
})
