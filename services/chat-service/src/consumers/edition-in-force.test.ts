import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type LogPartition, type LogRecord, openEmbeddedEngines } from '@parley/engines'
import { systemClock } from '@parley/runtime'
import { SqliteEditionStore } from '../adapters/edition-store.sqlite.ts'
import { type EditionStore, underEditionInForce } from './edition-in-force.ts'

describe('edition of the rules in force', () => {
  test('[rule 1] is raised by a control record, whatever the commands name', async () => {
    await using store = await openStore()
    const records = recordsOf(['a', 1], ['a', 2], ['rules:0', 2], ['a', 1], ['a', 2])
    assert.deepEqual(await editionsOf(records, store), [1, 1, 2, 2])
  })

  test('[rule 1] is never lowered', async () => {
    await using store = await openStore()
    const records = recordsOf(['rules:3', 3], ['a', 1], ['rules:0', 2], ['a', 2])
    assert.deepEqual(await editionsOf(records, store), [3, 3])
  })

  test('[rule 1] [rule 3] is the same for an owner who starts anywhere, or reads again', async () => {
    await using store = await openStore()
    const records = recordsOf(['a', 1], ['rules:0', 2], ['a', 1], ['rules:0', 3], ['a', 1])
    assert.deepEqual(await editionsOf(records, store), [1, 2, 3])
    assert.deepEqual(await editionsOf(records, store), [1, 2, 3])
    assert.deepEqual(await editionsOf(records.slice(2, 3), store), [2])
  })

  test('[rule 1] is kept for each partition by itself', async () => {
    await using store = await openStore()
    await editionsOf(recordsOf(['rules:0', 2], ['a', 1]), store, 0)
    assert.deepEqual(await editionsOf(recordsOf(['a', 1], ['a', 1]), store, 1), [1, 1])
  })

  test('[rule 1] that a program does not know stops it, and is not passed over', async () => {
    await using store = await openStore()
    const records = recordsOf(['a', 1], ['rules:0', 4], ['a', 1])
    await assert.rejects(editionsOf(records, store), { code: 'partition-halted' })
    assert.deepEqual(await store.list(0), [])
  })
})

/** The editions that the commands among the records are decided by. */
async function editionsOf(records: readonly LogRecord[], store: EditionStore, index = 0) {
  const log: LogPartition = {
    index,
    async *read() {
      yield records.slice(0, 2)
      if (records.length > 2) yield records.slice(2)
    },
    commit: async () => {},
  }
  const found: number[] = []
  for await (const batch of underEditionInForce(log, store, 3).read(new AbortController().signal))
    found.push(...batch.map(({ rules }) => rules))
  return found
}

function recordsOf(...parts: readonly (readonly [key: string, rules: number])[]): LogRecord[] {
  return parts.map(([key, rules], offset) => {
    const position = { generation: 1, offset }
    return { key, rules, value: new Uint8Array(0), position, timestampMs: 1 }
  })
}

async function openStore() {
  const dataFolder = await mkdtemp(join(tmpdir(), 'parley-'))
  const { nowMs, monotonicMs } = systemClock
  const engines = await openEmbeddedEngines({ dataFolder, nowMs, monotonicMs })
  const store = await SqliteEditionStore.open(engines.file)
  return Object.assign(store, {
    async [Symbol.asyncDispose]() {
      await engines[Symbol.asyncDispose]()
      await rm(dataFolder, { recursive: true })
    },
  })
}
