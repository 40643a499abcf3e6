import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { limits } from '@parley/protocol'
import { temporaryFolder } from '../../tests/temporary-folder.ts'
import { type CommitFacts, SqliteFile, type SqliteFileOptions } from './sqlite-file.ts'

const insert = 'INSERT INTO notes VALUES (?, ?)'

describe('SQLite file', () => {
  test('a write that has resolved is read, and outlives the file being closed', async () => {
    await using opened = await open()
    const bytes = new Uint8Array([0, 255])
    await opened.file.write([[insert, 1, bytes]])
    assert.deepEqual(notes(opened.file), [{ id: 1, body: bytes }])
    await opened.file[Symbol.asyncDispose]()
    await using again = await SqliteFile.open(opened.path)
    assert.deepEqual(notes(again), [{ id: 1, body: bytes }])
  })

  test('a write resolves after the disk has it, and not before', async () => {
    const disk = Promise.withResolvers<void>()
    await using opened = await open({ sync: () => disk.promise })
    let isDone = false
    const writing = opened.file.write([[insert, 1, null]]).then(() => {
      isDone = true
    })
    while (notes(opened.file).length === 0) await nextTurn()
    for (let turn = 0; turn < 20; turn += 1) await nextTurn()
    assert.equal(isDone, false)
    disk.resolve()
    await writing
  })

  test('what was applied leads to more writes of the same group, and is durable with it', async () => {
    const disk = Promise.withResolvers<void>()
    let syncs = 0
    const sync = () => {
      syncs += 1
      return disk.promise
    }
    await using opened = await open({ sync })
    let isDurable = false
    for (const id of [1, 2, 3]) await opened.file.apply([[insert, id, null]])
    const durable = opened.file.durable().then(() => {
      isDurable = true
    })
    for (let turn = 0; turn < 20; turn += 1) await nextTurn()
    assert.equal(notes(opened.file).length, 3)
    assert.equal(isDurable, false)
    disk.resolve()
    await durable
    assert.equal(syncs, 1)
    await opened.file.durable()
  })

  test('what was applied and is not durable when the disk fails is never called so', async () => {
    await using opened = await open({ sync: () => Promise.reject(new Error('EIO')) })
    await opened.file.apply([[insert, 1, null]])
    await assert.rejects(opened.file.durable(), { code: 'unavailable' })
    await assert.rejects(opened.file.durable(), { code: 'unavailable' })
    await assert.rejects(opened.file.apply([[insert, 2, null]]), { code: 'unavailable' })
  })

  test('writes that wait at the same time share an fsync, in the order of their calls', async () => {
    let syncs = 0
    await using opened = await open({
      sync: async () => {
        syncs += 1
      },
    })
    await Promise.all(times(500, (id) => opened.file.write([[insert, id, null]])))
    assert.equal(syncs, 1)
    assert.deepEqual(
      notes(opened.file).map(({ id }) => id),
      times(500, (id) => id),
    )
  })

  test('what is written upon an answer is in time for the next group', async () => {
    const groups: CommitFacts[] = []
    await using opened = await open({ onCommit: (facts) => groups.push(facts) })
    await Promise.all(
      times(50, async (id) => {
        await opened.file.write([[insert, id, null]])
        await opened.file.write([[insert, id + 50, null]])
      }),
    )
    assert.deepEqual(
      groups.map(({ writes }) => writes),
      [50, 50],
    )
  })

  test('a write that fails is applied not at all, and hurts nobody who waits beside it', async () => {
    await using opened = await open()
    const results = await Promise.allSettled([
      opened.file.write([[insert, 1, null]]),
      opened.file.write([
        [insert, 2, null],
        [insert, 1, null],
      ]),
      opened.file.write([['INSERT INTO nowhere VALUES (1)']]),
      opened.file.write([[insert, 3, null]]),
    ])
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
    )
    for (const each of results)
      if (each.status === 'rejected') assert.equal(each.reason.code, 'unavailable')
    assert.deepEqual(
      notes(opened.file).map(({ id }) => id),
      [1, 3],
    )
  })

  test('statements that are asked for late are asked for once, also beside one that fails', async () => {
    await using opened = await open()
    let asked = 0
    const late = opened.file.write(() => {
      asked += 1
      return [[insert, asked, null]]
    })
    const failing = opened.file.write([['INSERT INTO nowhere VALUES (1)']])
    await Promise.all([late, assert.rejects(failing, { code: 'unavailable' })])
    assert.equal(asked, 1)
    assert.equal(notes(opened.file).length, 1)
  })

  test('after the disk has failed nothing is accepted any more', async () => {
    await using opened = await open({ sync: () => Promise.reject(new Error('EIO')) })
    await assert.rejects(opened.file.write([[insert, 1, null]]), { code: 'unavailable' })
    await assert.rejects(opened.file.write([[insert, 2, null]]), { code: 'unavailable' })
  })

  test('too many waiting writes are refused, and nothing of them is written', async () => {
    const disk = Promise.withResolvers<void>()
    await using opened = await open({ sync: () => disk.promise })
    const first = opened.file.write([])
    while (opened.file.waiting > 0) await nextTurn()
    const waiting = times(limits.logAppendsWaiting, () => opened.file.write([]))
    await assert.rejects(opened.file.write([[insert, 1, null]]), { code: 'overloaded' })
    disk.resolve()
    await Promise.all([first, ...waiting])
    assert.deepEqual(notes(opened.file), [])
  })

  test('a lazy write rides with the next group, and the last of a name stays', async () => {
    await using opened = await open()
    opened.file.writeLazily('a', [insert, 1, null])
    opened.file.writeLazily('a', [insert, 2, null])
    assert.deepEqual(notes(opened.file), [])
    await opened.file.write([[insert, 3, null]])
    assert.deepEqual(
      notes(opened.file).map(({ id }) => id),
      [3, 2],
    )
  })

  test('closing writes what is waiting, lazy or not, and then refuses', async () => {
    await using opened = await open()
    const writing = opened.file.write([[insert, 1, null]])
    opened.file.writeLazily('a', [insert, 2, null])
    await opened.file[Symbol.asyncDispose]()
    await writing
    await assert.rejects(opened.file.write([]), { code: 'unavailable' })
    await using again = await SqliteFile.open(opened.path)
    assert.equal(notes(again).length, 2)
  })

  test('a question that cannot be answered is an error of the store', async () => {
    await using opened = await open()
    assert.throws(() => opened.file.read('SELECT * FROM nowhere'), { code: 'unavailable' })
  })

  test('the owner alone can read the file and its WAL', async () => {
    await using opened = await open()
    for (const suffix of ['', '-wal', '-shm'])
      assert.equal((await stat(opened.path + suffix)).mode & 0o777, 0o600)
  })

  test('the WAL is copied into the file and starts anew, while writes go on', async () => {
    await using opened = await open({ sync: async () => {} })
    const body = new Uint8Array(60_000)
    // 16 pages each: 128 MiB in all, twice what may be behind.
    for (let id = 0; id < 2_200; id += 4)
      await Promise.all(times(4, (index) => opened.file.write([[insert, id + index, body]])))
    assert.equal(Number(opened.file.read('SELECT count(*) AS n FROM notes')[0]?.['n']), 2_200)
    assert.ok((await stat(`${opened.path}-wal`)).size < 100 * 2 ** 20)
  })
})

async function open(options: SqliteFileOptions = {}) {
  const folder = await temporaryFolder()
  const path = join(folder.path, 'a.db')
  {
    await using file = await SqliteFile.open(path)
    await file.define('CREATE TABLE notes (id INTEGER UNIQUE, body BLOB) STRICT')
  }
  const file = await SqliteFile.open(path, options)
  return {
    file,
    path,
    async [Symbol.asyncDispose]() {
      await file[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

function notes(file: SqliteFile) {
  return file.read('SELECT id, body FROM notes ORDER BY rowid').map((row) => ({ ...row }))
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
