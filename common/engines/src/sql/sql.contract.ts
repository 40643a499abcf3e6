import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { sql } from 'kysely'
import { migrate } from './migrate.ts'
import { isUniqueViolation, type Migrations, type SqlEngine } from './sql.ts'

interface Tables {
  names: { name: string; user: string }
  packages: { id: string; claimed_by: string | null }
  counters: { id: string; value: number; version: number }
  kinds: {
    id: string
    whole: number | bigint | null
    bytes: Uint8Array | null
    text: string | null
  }
}

const migrations: Migrations = {
  '0001-names': {
    async up(db) {
      await db.schema
        .createTable('names')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('user', 'text', (column) => column.notNull().unique())
        .execute()
      await db.schema
        .createTable('packages')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('claimed_by', 'text')
        .execute()
      await db.schema
        .createTable('counters')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('value', 'bigint', (column) => column.notNull())
        .addColumn('version', 'integer', (column) => column.notNull())
        .execute()
      await db.schema
        .createTable('kinds')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('whole', 'bigint')
        .addColumn('bytes', 'bytea')
        .addColumn('text', 'text')
        .execute()
    },
  },
}

/** What `SqlEngine` promises, checked on one adapter. The test of every adapter calls it. */
export function sqlContract(
  open: <Tables>(migrations: Migrations) => Promise<SqlEngine<Tables>>,
): void {
  describe('keeps the contract of SqlEngine', () => {
    let engine: SqlEngine<Tables>
    before(async () => {
      engine = await open(migrations)
    })
    after(() => engine[Symbol.asyncDispose]())

    test('one of many who want a name gets it', async () => {
      const wanted = await Promise.allSettled(
        times(64, (index) =>
          engine.db
            .insertInto('names')
            .values({ name: 'ada', user: `user ${index}` })
            .execute(),
        ),
      )
      assert.equal(wanted.filter(({ status }) => status === 'fulfilled').length, 1)
      for (const each of wanted)
        if (each.status === 'rejected') assert.ok(isUniqueViolation(each.reason))
    })

    test('tells a lost race from other errors, in a transaction, too', async () => {
      const add = (name: string, user: string) =>
        engine.db.insertInto('names').values({ name, user }).execute()
      await add('grace', 'user g')
      await assert.rejects(add('hopper', 'user g'), isUniqueViolation)
      const missing = sql`INSERT INTO names (name) VALUES ('nobody')`.execute(engine.db)
      await assert.rejects(missing, (error) => !isUniqueViolation(error))
      const within = engine.db.transaction().execute(async (transaction) => {
        await transaction.insertInto('names').values({ name: 'new', user: 'user n' }).execute()
        await transaction.insertInto('names').values({ name: 'grace', user: 'x' }).execute()
      })
      await assert.rejects(within, isUniqueViolation)
      const rows = await engine.db
        .selectFrom('names')
        .selectAll()
        .where('name', '=', 'new')
        .execute()
      assert.equal(rows.length, 0)
    })

    test('what is claimed once leaves once', async () => {
      const ids = times(40, (index) => `package ${index}`)
      await engine.db
        .insertInto('packages')
        .values(ids.map((id) => ({ id, claimed_by: null })))
        .execute()
      const claims = await Promise.all(times(64, (index) => claim(engine, `claimer ${index}`)))
      const given = claims.filter((id) => id !== undefined)
      assert.equal(given.length, 40)
      assert.equal(new Set(given).size, 40)
    })

    test('compare and set by version loses no change', async () => {
      await engine.db.insertInto('counters').values({ id: 'c', value: 0, version: 0 }).execute()
      await Promise.all(times(32, () => increment(engine, 'c')))
      const row = await engine.db.selectFrom('counters').selectAll().executeTakeFirstOrThrow()
      assert.deepEqual(row, { id: 'c', value: 32, version: 32 })
    })

    test('a transaction that throws leaves nothing, and others beside it everything', async () => {
      const runs = await Promise.allSettled(
        times(20, (index) =>
          engine.db.transaction().execute(async (transaction) => {
            const id = `transaction ${index}`
            await transaction.insertInto('packages').values({ id, claimed_by: 'x' }).execute()
            await new Promise((resolve) => setImmediate(resolve))
            if (index % 2 === 0) throw new Error('changed my mind')
          }),
        ),
      )
      assert.equal(runs.filter(({ status }) => status === 'fulfilled').length, 10)
      const rows = await engine.db
        .selectFrom('packages')
        .select('id')
        .where('id', 'like', 'transaction %')
        .execute()
      assert.deepEqual(
        rows.map(({ id }) => Number(id.slice(12)) % 2),
        times(10, () => 1),
      )
    })

    test('whole numbers, bytes and texts come back as they were', async () => {
      const max = 2n ** 63n - 1n
      const kinds = [
        { id: 'none', whole: null, bytes: null, text: null },
        { id: 'small', whole: -1, bytes: new Uint8Array(), text: '' },
        { id: 'large', whole: Number.MAX_SAFE_INTEGER, bytes: allBytes(), text: 'käse ☃ 👩‍👩‍👧' },
        { id: 'larger', whole: max, bytes: new Uint8Array(100_000).fill(255), text: "'; --" },
        { id: 'least', whole: -max - 1n, bytes: new Uint8Array([0]), text: ' ' },
      ]
      await engine.db.insertInto('kinds').values(kinds).execute()
      for (const each of kinds) {
        const found = await engine.db
          .selectFrom('kinds')
          .selectAll()
          .where('id', '=', each.id)
          .executeTakeFirstOrThrow()
        assert.deepEqual({ ...found, bytes: found.bytes && new Uint8Array(found.bytes) }, each)
      }
      const [smallest] = await engine.db
        .selectFrom('kinds')
        .select('id')
        .where('bytes', '=', new Uint8Array([0]))
        .execute()
      assert.equal(smallest?.id, 'least')
    })

    test('says what it changed', async () => {
      await engine.db
        .insertInto('packages')
        .values([
          { id: 'said 1', claimed_by: null },
          { id: 'said 2', claimed_by: null },
        ])
        .execute()
      const again = await engine.db
        .insertInto('packages')
        .values({ id: 'said 1', claimed_by: 'x' })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst()
      assert.equal(again.numInsertedOrUpdatedRows ?? 0n, 0n)
      const returned = await engine.db
        .updateTable('packages')
        .set({ claimed_by: 'x' })
        .where('id', 'like', 'said %')
        .returning('id')
        .execute()
      assert.deepEqual(returned.map(({ id }) => id).sort(), ['said 1', 'said 2'])
      const { numDeletedRows } = await engine.db
        .deleteFrom('packages')
        .where('id', 'like', 'said %')
        .executeTakeFirst()
      assert.equal(numDeletedRows, 2n)
    })

    test('migrations that were applied are passed over', async () => {
      await migrate(engine.db, migrations)
      const more: Migrations = {
        ...migrations,
        '0002-age': {
          up: async (db) => {
            await db.schema.alterTable('names').addColumn('age', 'integer').execute()
          },
        },
      }
      await migrate(engine.db, more)
      await migrate(engine.db, more)
      await sql`UPDATE names SET age = 36 WHERE name = 'ada'`.execute(engine.db)
    })

    test('a migration that fails changes nothing and is told', async () => {
      const failing: Migrations = {
        ...migrations,
        '0002-age': { up: async () => {} },
        '0003-fails': {
          up: async (db) => {
            await db.schema.createTable('half').addColumn('id', 'text').execute()
            throw new Error('no further')
          },
        },
      }
      await assert.rejects(migrate(engine.db, failing), /no further/)
      await assert.rejects(sql`SELECT * FROM half`.execute(engine.db))
    })
  })
}

/** As a service does it: take one that is free, and the next when somebody was faster. */
async function claim({ db }: SqlEngine<Tables>, by: string): Promise<string | undefined> {
  for (;;) {
    const row = await db
      .selectFrom('packages')
      .select('id')
      .where('claimed_by', 'is', null)
      .orderBy('id')
      .limit(1)
      .executeTakeFirst()
    if (row === undefined) return undefined
    const { numUpdatedRows } = await db
      .updateTable('packages')
      .set({ claimed_by: by })
      .where('id', '=', row.id)
      .where('claimed_by', 'is', null)
      .executeTakeFirst()
    if (numUpdatedRows === 1n) return row.id
  }
}

async function increment({ db }: SqlEngine<Tables>, id: string): Promise<void> {
  for (;;) {
    const { value, version } = await db
      .selectFrom('counters')
      .select(['value', 'version'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    const { numUpdatedRows } = await db
      .updateTable('counters')
      .set({ value: value + 1, version: version + 1 })
      .where('id', '=', id)
      .where('version', '=', version)
      .executeTakeFirst()
    if (numUpdatedRows === 1n) return
  }
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}

function allBytes(): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, index) => index)
}
