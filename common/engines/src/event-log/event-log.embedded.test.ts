import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { limits } from '@parley/protocol'
import { FaultyEventLog } from '../../tests/event-log.faulty.ts'
import { read, record, recordsOf, textOf } from '../../tests/records.ts'
import { seedOfRun } from '../../tests/seeded-random.ts'
import { temporaryFolder } from '../../tests/temporary-folder.ts'
import { SqliteFile } from '../sqlite/sqlite-file.ts'
import { type EventLogUnderTest, eventLogContract } from './event-log.contract.ts'
import { EmbeddedEventLog } from './event-log.embedded.ts'
import type { EventLog } from './event-log.ts'

describe('event log in SQLite', () => {
  eventLogContract(() => openUnderTest((log) => log))

  test('tells every waiting append that the log is behind, and takes none of it', async () => {
    await using folder = await temporaryFolder()
    const disk = Promise.withResolvers<void>()
    let isStuck = false
    await using file = await SqliteFile.open(join(folder.path, 'log.db'), {
      sync: () => (isStuck ? disk.promise : Promise.resolve()),
    })
    await using log = await openLog(file)
    isStuck = true
    const waiting = log.append('commands', recordsOf('a', limits.logAppendsWaiting))
    await assert.rejects(log.append('commands', [record('a', 'one more')]), { code: 'overloaded' })
    isStuck = false
    disk.resolve()
    await waiting
    await log.append('commands', [record('a', 'later')])
    assert.equal(await log.lag('commands', 'a'), limits.logAppendsWaiting + 1)
  })

  test('nothing is read before it is durable', async () => {
    await using folder = await temporaryFolder()
    const disk = Promise.withResolvers<void>()
    let isStuck = false
    await using file = await SqliteFile.open(join(folder.path, 'log.db'), {
      sync: () => (isStuck ? disk.promise : Promise.resolve()),
    })
    await using log = await openLog(file)
    const reading = read({ log, topic: 'commands', group: 'a', count: 1 })
    isStuck = true
    let isRead = false
    void reading.then(() => {
      isRead = true
    })
    const appending = log.append('commands', [record('a', 'a')])
    await until(() => file.read('SELECT 1 FROM log_batches').length > 0)
    for (let turn = 0; turn < 20; turn += 1) await nextTurn()
    assert.equal(isRead, false)
    disk.resolve()
    await Promise.all([appending, reading])
  })

  test('a batch that the disk refused leaves a hole, and readers go on behind it', async () => {
    await using folder = await temporaryFolder()
    await using file = await SqliteFile.open(join(folder.path, 'log.db'))
    await using log = await openLog(file)
    await log.append('commands', [record('a', 'before')])
    await file.define(
      `CREATE TRIGGER full BEFORE INSERT ON log_batches BEGIN SELECT RAISE(ABORT, 'full'); END`,
    )
    await assert.rejects(log.append('commands', [record('a', 'lost')]), { code: 'unavailable' })
    await file.define('DROP TRIGGER full')
    await log.append('commands', [record('a', 'after')])
    const found = await read({ log, topic: 'commands', group: 'a', count: 2 })
    assert.deepEqual(
      found.map((each) => [textOf(each), each.position.offset]),
      [
        ['before', 0],
        ['after', 2],
      ],
    )
    await using again = await openLog(file)
    const reread = await read({ log: again, topic: 'commands', group: 'b', count: 2 })
    assert.deepEqual(reread.map(textOf), ['before', 'after'])
  })

  test('a reader that is far behind reads the file, then memory', async () => {
    await using folder = await temporaryFolder()
    await using file = await SqliteFile.open(join(folder.path, 'log.db'))
    const texts: string[] = []
    {
      await using log = await openLog(file)
      for (let round = 0; round < 30; round += 1) {
        const records = Array.from({ length: 300 }, (_, index) => record('a', `${round}/${index}`))
        texts.push(...records.map(textOf))
        await log.append('commands', records)
      }
      const found = await read({ log, topic: 'commands', group: 'a', count: texts.length })
      assert.deepEqual(found.map(textOf), texts)
    }
    await using log = await openLog(file)
    await log.append('commands', [record('a', 'newest')])
    const found = await read({ log, topic: 'commands', group: 'a', count: texts.length + 1 })
    assert.deepEqual(found.map(textOf), [...texts, 'newest'])
  })

  test('old records are deleted when every group is done with them, the newest never', async () => {
    await using folder = await temporaryFolder()
    await using file = await SqliteFile.open(join(folder.path, 'log.db'))
    let nowMs = 1_000
    await using log = await openLog(file, () => nowMs)
    const batches = () => Number(file.read('SELECT count(*) AS n FROM log_batches')[0]?.['n'])
    for (const each of recordsOf('a', 5)) await log.append('commands', [each])
    nowMs = 10_000
    await log.trim('commands', 1_000)
    assert.equal(batches(), 5, 'nobody has read them')
    await read({ log, topic: 'commands', group: 'a', count: 5, commits: true })
    await log.append('commands', [record('a', 'young')])
    await log.trim('commands', 100_000)
    assert.equal(batches(), 6, 'they are young')
    await log.trim('commands', 1_000)
    assert.equal(batches(), 1)
    nowMs = 100_000
    await read({ log, topic: 'commands', group: 'a', count: 1, commits: true })
    await log.trim('commands', 1_000)
    assert.equal(batches(), 1, 'it says where the log ends')
    nowMs = 0
    await using again = await openLog(file, () => nowMs)
    const [position] = await again.append('commands', [record('a', 'next')])
    assert.equal(position?.offset, 6)
    const [next] = await read({ log: again, topic: 'commands', group: 'a', count: 1 })
    assert.equal(next?.timestampMs, 10_000, 'time does not fall')
  })

  test('a closed log refuses everything, and its consumers end', async () => {
    await using folder = await temporaryFolder()
    await using file = await SqliteFile.open(join(folder.path, 'log.db'))
    const log = await openLog(file)
    const { signal } = new AbortController()
    const consuming = log.consume({
      topic: 'commands',
      group: 'a',
      signal,
      run: async (partition) => {
        for await (const _ of partition.read(signal)) assert.fail('there is nothing')
      },
    })
    await Promise.all([
      assert.rejects(consuming, { code: 'unavailable' }),
      log[Symbol.asyncDispose](),
    ])
    await assert.rejects(log.append('commands', [record('a', 'a')]), { code: 'unavailable' })
  })
})

const seed = seedOfRun()

describe(`event log that does what Kafka may (SEED=${seed})`, () => {
  eventLogContract(() => openUnderTest((log) => new FaultyEventLog(log, seed)))
})

async function openUnderTest(wrap: (log: EventLog) => EventLog): Promise<EventLogUnderTest> {
  const folder = await temporaryFolder()
  const path = join(folder.path, 'log.db')
  let file = await SqliteFile.open(path)
  let log = wrap(await openLog(file))
  const abandoned: AsyncDisposable[] = []
  const close = async () => {
    await log[Symbol.asyncDispose]()
    await file[Symbol.asyncDispose]()
  }
  return {
    get log() {
      return log
    },
    async reopen(how) {
      // `tests/crash.test.ts` kills a process; here what it had is left as it is.
      if (how === 'closed') await close()
      else abandoned.push(log, file)
      file = await SqliteFile.open(path)
      log = wrap(await openLog(file))
      return log
    },
    async reopenAt({ topic, partition, group, offset }) {
      await close()
      file = await SqliteFile.open(path)
      const write = 'INSERT OR REPLACE INTO log_offsets VALUES (?, ?, ?, ?)'
      await file.write([[write, topic, partition, group, offset]])
      log = wrap(await openLog(file))
      return log
    },
    async [Symbol.asyncDispose]() {
      await close()
      for (const each of abandoned) await each[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

function openLog(file: SqliteFile, nowMs = () => Date.now()): Promise<EmbeddedEventLog> {
  return EmbeddedEventLog.open({ file, generation: 1, partitions: 4, nowMs })
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

async function until(isReached: () => boolean): Promise<void> {
  while (!isReached()) await nextTurn()
}
