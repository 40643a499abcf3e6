import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ChatError } from '@parley/protocol'
import { type EmbeddedEngines, openEmbeddedEngines } from '../src/index.ts'
import { blobKey, blobOf, keyOf, migrations, type SqlTables } from './crash-data.ts'
import { textOf } from './records.ts'
import { SeededRandom, seedOfRun } from './seeded-random.ts'
import { temporaryFolder } from './temporary-folder.ts'

const seed = seedOfRun()
const roundCount = 5
/** Of each round, the numbers it writes. */
const numbersPerRound = 1_000_000

type Said = ReadonlyMap<string, ReadonlySet<number>>

describe(`a process that is killed while it writes (SEED=${seed})`, { timeout: 60_000 }, () => {
  test('everything that was acknowledged is there when the folder is opened again', async () => {
    await using folder = await temporaryFolder()
    const random = new SeededRandom(seed)
    const said = new Map<string, Set<number>>()
    for (let round = 0; round < roundCount; round += 1) {
      const acks = 50 + random.below(1_500)
      await writeUntilKilled(folder.path, round * numbersPerRound, acks, said)
      await using engines = await open(folder.path)
      await checkLog(engines, said)
      await checkGroup(engines, said)
      checkRows(engines, said)
      await checkSql(engines, said)
      await checkBlobs(engines, folder.path, said)
    }
    for (const engine of ['log', 'rows', 'sql', 'blob', 'done'])
      assert.ok((said.get(engine)?.size ?? 0) > 0, `${engine} took part`)
  })

  test('its folder is locked while it lives, and free when it is dead', async () => {
    await using folder = await temporaryFolder()
    await writeUntilKilled(folder.path, 0, 10, new Map(), async () => {
      await assert.rejects(
        open(folder.path),
        (error) => error instanceof ChatError && error.code === 'conflict',
      )
    })
    await using _ = await open(folder.path)
  })
})

/** Kills it after so many acknowledgements, in the middle of the others. */
async function writeUntilKilled(
  folder: string,
  first: number,
  acks: number,
  said: Map<string, Set<number>>,
  meanwhile = async () => {},
): Promise<void> {
  const script = fileURLToPath(new URL('./crash-writer.ts', import.meta.url))
  const child = spawn(process.execPath, [script, folder, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  let left = acks
  for await (const line of createInterface({ input: child.stdout })) {
    const [engine = '', number = ''] = line.split(' ')
    said.set(engine, (said.get(engine) ?? new Set()).add(Number(number)))
    left -= 1
    if (left !== 0) continue
    await meanwhile()
    child.kill('SIGKILL')
  }
  const [, signal] = await exited
  assert.equal(signal, 'SIGKILL', 'it wrote until it was killed')
}

/** Each record once, in the order of its lane: what was not acknowledged may be there or not. */
async function checkLog({ eventLog }: EmbeddedEngines, said: Said): Promise<void> {
  const found = new Map<string, number[]>()
  const left = new Set(said.get('log'))
  const done = new AbortController()
  let waiting = await eventLog.lag('commands', `reader ${seed}`)
  await eventLog.consume({
    topic: 'commands',
    group: `reader ${seed}`,
    signal: done.signal,
    run: async (partition) => {
      for await (const records of partition.read(done.signal)) {
        for (const each of records) {
          const number = Number(textOf(each))
          assert.equal(each.key, keyOf(number))
          found.set(each.key, [...(found.get(each.key) ?? []), number])
          left.delete(number)
        }
        waiting -= records.length
        if (waiting === 0) done.abort()
      }
    },
  })
  assert.deepEqual([...left], [], `acknowledged records are lost (SEED=${seed})`)
  // A lane appends one number after the other, and a key belongs to one lane.
  for (const numbers of found.values())
    assert.ok(numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0)))
}

/** The group goes on at most behind what it has done. */
async function checkGroup({ eventLog }: EmbeddedEngines, said: Said): Promise<void> {
  const done = said.get('done') ?? new Set()
  const reading = new AbortController()
  const { signal } = reading
  let left = await eventLog.lag('commands', 'a')
  if (left === 0) reading.abort()
  const later: number[] = []
  await eventLog.consume({
    topic: 'commands',
    group: 'a',
    signal,
    run: async (partition) => {
      for await (const records of partition.read(signal)) {
        later.push(...records.map((each) => Number(textOf(each))))
        left -= records.length
        if (left === 0) reading.abort()
      }
    },
  })
  const all = new Set([...later, ...done])
  for (const number of said.get('log') ?? []) assert.ok(all.has(number), `skipped (SEED=${seed})`)
}

/** Both rows of a write, or none. */
function checkRows({ file }: EmbeddedEngines, said: Said): void {
  const rows = file.read('SELECT number, group_concat(half) AS halves FROM notes GROUP BY number')
  for (const row of rows) assert.equal(row['halves'], 'one,two')
  const found = new Set(rows.map((row) => Number(row['number'])))
  for (const number of said.get('rows') ?? []) assert.ok(found.has(number), `row (SEED=${seed})`)
}

async function checkSql(engines: EmbeddedEngines, said: Said): Promise<void> {
  const { db } = await engines.openSql<SqlTables>('users', migrations)
  const rows = await db.selectFrom('users').selectAll().execute()
  const found = new Set(rows.map(({ number }) => number))
  for (const number of said.get('sql') ?? []) assert.ok(found.has(number), `sql (SEED=${seed})`)
}

/** Whole or not at all, acknowledged or not. */
async function checkBlobs(engines: EmbeddedEngines, folder: string, said: Said): Promise<void> {
  const names = (await readdir(join(folder, 'blobs'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => Number(name))
  for (const number of new Set([...names, ...(said.get('blob') ?? [])]))
    assert.deepEqual(await engines.blobStore.get(blobKey(number)), blobOf(number), `SEED=${seed}`)
}

function open(dataFolder: string): Promise<EmbeddedEngines> {
  return openEmbeddedEngines({
    dataFolder,
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
  })
}
