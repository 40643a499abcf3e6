import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import type { LogPartition, LogRecord } from '@parley/engines'
import { ChatError, type LogPosition, logStart } from '@parley/protocol'
import { PartitionOwner } from './partition-owner.ts'
import type { StateMachine } from './state-machine.ts'

describe('owner of a partition', () => {
  test('does what the records lead to, and commits them', async () => {
    const scene = openScene()
    for (const amount of ['2', '-1', '3']) scene.log.append('a', amount)
    await scene.runUntilDrained()
    assert.deepEqual(scene.published, ['a is 2', 'a refused', 'a is 5'])
    assert.deepEqual(
      scene.rows.map(({ amount }) => amount),
      [2, 3],
    )
    assert.equal(scene.log.committed, 3)
  })

  test('[rule 5] a key that waits holds up no other', async () => {
    const scene = openScene()
    const gate = Promise.withResolvers<void>()
    scene.beforeAppend = async (key) => {
      if (key === 'slow') await gate.promise
      else gate.resolve()
    }
    for (const key of ['slow', 'quick', 'slow']) scene.log.append(key, '1')
    await scene.runUntilDrained()
    assert.equal(scene.published[0], 'quick is 1')
    assert.deepEqual(scene.published.slice(1), ['slow is 1', 'slow is 2'])
  })

  test('[rule 5] what waits for a key is written together, and never twice at once', async () => {
    const scene = openScene()
    let writing = 0
    const sizes: number[] = []
    scene.beforeAppend = async (_, count) => {
      writing += 1
      assert.equal(writing, 1)
      sizes.push(count)
      await Promise.resolve()
      writing -= 1
    }
    for (let index = 0; index < 10; index += 1) scene.log.append('a', '1')
    await scene.runUntilDrained()
    assert.ok(sizes.length < 10, `${sizes.length} writes`)
    assert.equal(scene.published.at(-1), 'a is 10')
  })

  test('[rule 3] a record that is read again leads to the same row and events', async () => {
    const scene = openScene()
    for (const amount of ['1', '-1', '2', '4']) scene.log.append('a', amount)
    await scene.runUntilDrained()
    const rows = [...scene.rows]
    const events = [...scene.published]
    scene.log.committed = 0
    await scene.runUntilDrained()
    assert.deepEqual(scene.rows, rows)
    assert.deepEqual(scene.published, [...events, ...events])
  })

  test('[rule 10] poison changes nothing but is published, and the key goes on', async () => {
    const scene = openScene()
    for (const amount of ['1', 'poison', '2']) scene.log.append('a', amount)
    await scene.runUntilDrained()
    assert.deepEqual(scene.published, ['a is 1', 'a undecidable', 'a is 3'])
  })

  test('a halted partition is not committed past the record that it halted at', async () => {
    const scene = openScene()
    scene.log.append('a', '1')
    scene.log.append('a', 'halt')
    scene.log.append('b', '1')
    await assert.rejects(scene.runUntilDrained(), { code: 'partition-halted' })
    assert.ok(scene.log.committed <= 1)
  })

  test('[rule 9] a log that does not fit the rows halts the partition', async () => {
    const scene = openScene()
    scene.rows.push({ key: 'a', amount: 7, source: { generation: 1, offset: 0 } })
    scene.log.append('a', '1')
    await assert.rejects(scene.runUntilDrained(), {
      code: 'partition-halted',
      message: /led to \+7/,
    })
  })

  test('[rule 2] a snapshot covers what is done, not all that is stored', async () => {
    const scene = openScene()
    for (const offset of [0, 1])
      scene.rows.push({ key: 'a', amount: 1, source: { generation: 1, offset } })
    scene.log.append('a', '1')
    scene.log.append('a', '1')
    let done = 0
    scene.beforePublish = async (events) => {
      done += events
    }
    scene.onSnapshot = (total) => assert.ok(total <= done, `${total} of ${done}`)
    await scene.runUntilDrained()
    assert.equal(done, 2)
  })

  test('after an error nothing more is done for the key, and the next owner goes on', async () => {
    const scene = openScene()
    scene.beforeAppend = () => Promise.reject(new ChatError('unavailable', 'as told'))
    for (const amount of ['1', '2']) scene.log.append('a', amount)
    await assert.rejects(scene.runUntilDrained(), { code: 'unavailable' })
    assert.deepEqual(scene.published, [])
    scene.beforeAppend = async () => {}
    await scene.runUntilDrained()
    assert.deepEqual(scene.published, ['a is 1', 'a is 3'])
  })
})

/** A sum for each key; an amount below zero is refused. */
interface Tally {
  readonly total: number
  readonly source: LogPosition
}

interface Row {
  readonly key: string
  readonly amount: number
  readonly source: LogPosition
}

const textOf = ({ value }: LogRecord) => new TextDecoder().decode(value)

const tally: StateMachine<Tally, Row, string> = {
  decide(state, record) {
    const { key, position: source } = record
    const text = textOf(record)
    if (text === 'halt') throw new ChatError('partition-halted', 'as told')
    if (text === 'poison') throw new Error('as told')
    const amount = Number(text)
    if (amount < 0) return { state, effects: { store: undefined, publish: [`${key} refused`] } }
    const row = { key, amount, source }
    const next = tally.evolve(state, row)
    return { state: next, effects: { store: row, publish: [`${key} is ${next.total}`] } }
  },
  evolve: ({ total }, { amount, source }) => ({ total: total + amount, source }),
  positionOf: ({ source }) => source,
  identify: ({ amount }) => `+${amount}`,
  poisoned: (_, { key }) => [`${key} undecidable`],
}

/** A partition with its store and its topic, on which one owner after another can run. */
function openScene() {
  const log = new MemoryLog()
  const rows: Row[] = []
  const published: string[] = []
  const scene = {
    log,
    rows,
    published,
    beforeAppend: async (_key: string, _count: number): Promise<void> => {},
    beforePublish: async (_events: number): Promise<void> => {},
    onSnapshot: (_total: number): void => {},
    async runUntilDrained(): Promise<void> {
      const stop = new AbortController()
      const owner = new PartitionOwner({
        log,
        machine: tally,
        rowsBetweenSnapshots: 1,
        store: {
          load: async (key) => ({
            snapshot: { total: 0, source: logStart },
            rows: rows.filter((row) => row.key === key),
          }),
          async append(added) {
            await scene.beforeAppend(added[0]?.key ?? '', added.length)
            for (const row of added)
              if (!rows.some(({ source }) => source.offset === row.source.offset)) rows.push(row)
          },
          saveSnapshot: async (_, { total }) => scene.onSnapshot(total),
        },
        sink: {
          async publish(events) {
            await scene.beforePublish(events.length)
            published.push(...events)
          },
        },
      })
      const run = owner.run(stop.signal)
      await Promise.race([log.drained(), run])
      stop.abort()
      await run
    },
  }
  return scene
}

/** A partition in memory. It outlives its owners, so a test can start another one on it. */
class MemoryLog implements LogPartition {
  readonly index = 0
  committed = 0
  readonly #records: LogRecord[] = []
  #progress = Promise.withResolvers<void>()

  append(key: string, text: string): void {
    const offset = this.#records.length
    const position = { generation: 1, offset }
    const value = new TextEncoder().encode(text)
    this.#records.push({ key, position, timestampMs: 1_000 + offset, rules: 1, value })
  }

  async *read(signal: AbortSignal): AsyncGenerator<readonly LogRecord[], void> {
    const abortion = once(signal, 'abort')
    const records = this.#records.slice(this.committed)
    if (records.length > 0) yield records
    if (!signal.aborted) await abortion
  }

  async commit(offset: number): Promise<void> {
    this.committed = offset
    this.#progress.resolve()
    this.#progress = Promise.withResolvers()
  }

  /** Resolves when every record has been committed. */
  async drained(): Promise<void> {
    while (this.committed < this.#records.length) await this.#progress.promise
  }
}
