import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { temporaryFolder } from '../../tests/temporary-folder.ts'
import { sqlContract } from './sql.contract.ts'
import { openSqliteSql } from './sql.sqlite.ts'
import type { Migrations } from './sql.ts'

describe('relations in SQLite', () => {
  sqlContract(async (migrations) => {
    const folder = await temporaryFolder()
    const engine = await openSqliteSql(join(folder.path, 'a.db'), migrations)
    return {
      db: engine.db as never,
      dialect: engine.dialect,
      async [Symbol.asyncDispose]() {
        await engine[Symbol.asyncDispose]()
        await folder[Symbol.asyncDispose]()
      },
    }
  })

  test('rows outlive the process, and the owner alone reads their file', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'a.db')
    const migrations: Migrations = {
      '0001': {
        up: async (db) => {
          await db.schema.createTable('notes').addColumn('text', 'text').execute()
        },
      },
    }
    {
      await using engine = await openSqliteSql<{ notes: { text: string } }>(path, migrations)
      await engine.db.insertInto('notes').values({ text: 'kept' }).execute()
      for (const suffix of ['', '-wal'])
        assert.equal((await stat(path + suffix)).mode & 0o777, 0o600)
    }
    await using engine = await openSqliteSql<{ notes: { text: string } }>(path, migrations)
    assert.deepEqual(await engine.db.selectFrom('notes').selectAll().execute(), [{ text: 'kept' }])
  })
})
