import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { EmbeddedEventLog } from '../src/event-log/event-log.embedded.ts'
import { SqliteFile } from '../src/sqlite/sqlite-file.ts'
import { read, record, textOf } from './records.ts'
import { SeededRandom, seedOfRun } from './seeded-random.ts'
import { temporaryFolder } from './temporary-folder.ts'

const seed = seedOfRun()
const roundCount = 10
const lanes = 10

/** A killed process leaves its pages to the kernel; here they are gone unless they were synced. */
describe(`a power cut (SEED=${seed})`, { timeout: 60_000 }, () => {
  test('loses nothing that was acknowledged', async () => {
    for (let round = 0; round < roundCount; round += 1) {
      const { lost, halves } = await cutPower(seed + round, { isSynced: true })
      assert.deepEqual(lost, [], `SEED=${seed + round}`)
      assert.deepEqual(halves, [], `SEED=${seed + round}`)
    }
  })

  test('loses acknowledged writes when nothing is synced: the test is not blind', async () => {
    const { lost } = await cutPower(seed, { isSynced: false })
    assert.ok(lost.length > 0)
  })
})

/** Writes until the power is cut at some moment, and looks at what the disk has kept. */
async function cutPower(each: number, { isSynced }: { readonly isSynced: boolean }) {
  const random = new SeededRandom(each)
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'running.db')
  const cutPath = join(folder.path, 'cut.db')
  {
    await using file = await SqliteFile.open(path)
    await file.define('CREATE TABLE notes (number INTEGER, half TEXT) STRICT')
    await openLog(file)
  }
  // Closed, it is whole in one file, which stays as it is: all that is new is in the WAL.
  await copyFile(path, cutPath)
  const wal = () => readFileSync(`${path}-wal`)
  let onDisk: Buffer = Buffer.alloc(0)
  const sync = async () => {
    // What is there now is on the disk when this has resolved, what comes meanwhile maybe.
    const written = wal()
    await turns(random.below(50))
    if (isSynced) onDisk = written
  }
  await using file = await SqliteFile.open(path, { sync })
  const acknowledged = new Set<string>()
  let isOver = false
  const log = await openLog(file)
  const writing = Array.from({ length: lanes }, async (_, lane) => {
    for (let number = lane; !isOver; number += lanes) {
      await log.append('commands', [record(`key ${lane}`, `log ${number}`)])
      acknowledged.add(`log ${number}`)
      await file.write([
        ['INSERT INTO notes VALUES (?, ?)', number, 'one'],
        ['INSERT INTO notes VALUES (?, ?)', number, 'two'],
      ])
      acknowledged.add(`row ${number}`)
    }
  })
  const enough = lanes * (2 + random.below(20))
  while (acknowledged.size < enough) await setImmediate()
  await turns(random.below(20))
  const expected = [...acknowledged]
  // Of what was not synced the disk has some of the first pages, and rubbish behind them.
  const torn = wal().subarray(onDisk.length)
  const kept = isSynced ? torn.subarray(0, random.below(torn.length + 1)) : Buffer.alloc(0)
  const rubbish = Buffer.alloc(random.below(5_000), random.below(256))
  await writeFile(`${cutPath}-wal`, Buffer.concat([onDisk, kept, rubbish]))
  isOver = true
  await Promise.all(writing)
  await log[Symbol.asyncDispose]()
  return await lookAt(cutPath, expected)
}

async function lookAt(path: string, expected: readonly string[]) {
  await using file = await SqliteFile.open(path)
  await using log = await openLog(file)
  const count = await log.lag('commands', 'a')
  const records = await read({ log, topic: 'commands', group: 'a', count })
  const rows = file.read('SELECT number, count(*) AS halves FROM notes GROUP BY number')
  const found = new Set([
    ...records.map(textOf),
    ...rows.map((row) => `row ${Number(row['number'])}`),
  ])
  return {
    lost: expected.filter((each) => !found.has(each)),
    halves: rows.filter((row) => Number(row['halves']) !== 2),
  }
}

function openLog(file: SqliteFile): Promise<EmbeddedEventLog> {
  return EmbeddedEventLog.open({ file, generation: 1, partitions: 4, nowMs: () => 1 })
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await setImmediate()
}
