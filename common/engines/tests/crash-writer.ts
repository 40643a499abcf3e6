/**
 * A process that writes to everything that is durable until it is killed, and says on its standard
 * output what was acknowledged: one word of an engine and a number per line.
 *
 * Arguments: the data folder, and the first number. Numbers rise by one; the same number is written
 * to no engine twice.
 */
import { createHash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { openEmbeddedEngines } from '../src/index.ts'
import { blobKey, blobOf, keyOf, migrations, notesSchema, type SqlTables } from './crash-data.ts'
import { record } from './records.ts'

const [, , dataFolder = '', first = '0'] = process.argv
const engines = await openEmbeddedEngines({
  dataFolder,
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
})
const { eventLog, file, blobStore } = engines
await file.define(notesSchema)
const { db } = await engines.openSql<SqlTables>('users', migrations)

// The pipe takes it at once: what was said before the kill is read after it.
const say = (engine: string, number: number) => writeSync(1, `${engine} ${number}\n`)

const lanes = 8
await Promise.all([
  ...Array.from({ length: lanes }, (_, lane) => writeLane(lane)),
  writeSlowly(),
  consume(),
])

/** As the write path does: a record, and rows that are there all or not at all. */
async function writeLane(lane: number): Promise<void> {
  for (let number = Number(first) + lane; ; number += lanes) {
    await eventLog.append('commands', [record(keyOf(number), String(number))])
    say('log', number)
    await file.write([
      ['INSERT INTO notes VALUES (?, ?)', number, 'one'],
      ['INSERT INTO notes VALUES (?, ?)', number, 'two'],
    ])
    say('rows', number)
  }
}

async function writeSlowly(): Promise<void> {
  for (let number = Number(first); ; number += 1) {
    await db.insertInto('users').values({ number }).execute()
    say('sql', number)
    const bytes = blobOf(number)
    await blobStore.put(blobKey(number), bytes, createHash('sha256').update(bytes).digest())
    say('blob', number)
  }
}

/** Done is what was said, and only then it is committed. Slower than the others, so that some waits. */
async function consume(): Promise<void> {
  const { signal } = new AbortController()
  await eventLog.consume({
    topic: 'commands',
    group: 'a',
    signal,
    run: async (partition) => {
      for await (const records of partition.read(signal))
        for (const { value, position } of records) {
          await setTimeout(3)
          say('done', Number(new TextDecoder().decode(value)))
          await partition.commit(position.offset + 1)
        }
    },
  })
}
