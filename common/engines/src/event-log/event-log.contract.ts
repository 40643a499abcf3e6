import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ChatError, type LogPosition, limits } from '@parley/protocol'
import { insist } from '../../tests/insist.ts'
import { append, byKey, read, record, recordsOf, textOf } from '../../tests/records.ts'
import type { EventLog, LogPartition, LogRecord, Topic } from './event-log.ts'

export interface EventLogUnderTest extends AsyncDisposable {
  readonly log: EventLog
  /** Another process opens the same log after this one was closed or killed. */
  reopen(how: 'closed' | 'killed'): Promise<EventLog>
  /** The same after somebody has set what a group has committed. */
  reopenAt(committed: Committed): Promise<EventLog>
}

export interface Committed {
  readonly topic: Topic
  readonly partition: number
  readonly group: string
  readonly offset: number
}

/** What `EventLog` promises, checked on one adapter. The test of every adapter calls it. */
export function eventLogContract(open: () => Promise<EventLogUnderTest>): void {
  const topic = 'commands'
  const keys = Array.from({ length: 12 }, (_, index) => `key${index}`)

  describe('keeps the contract of EventLog', { timeout: 60_000 }, () => {
    test('gives back what was appended, unchanged', async () => {
      await using opened = await open()
      const { log } = opened
      const values = [new Uint8Array(), new Uint8Array([0, 255, 1]), new Uint8Array(60_000).fill(7)]
      const sent = values.map((value, rules) => ({ key: 'käse ☃', value, rules }))
      for (const each of sent) await append(log, topic, [each])
      const found = await read({ log, topic, group: 'a', count: sent.length })
      assert.deepEqual(
        found.map(({ key, value, rules }) => ({ key, value: new Uint8Array(value), rules })),
        sent,
      )
    })

    test('says where records are, and reads them there', async () => {
      await using opened = await open()
      const { log } = opened
      const places = new Map<string, LogPosition>()
      for (const key of keys) {
        const [first, second] = await append(log, topic, recordsOf(key, 2))
        assert.ok(first !== undefined && second !== undefined && first.offset < second.offset)
        places.set(`${key} 1`, second)
      }
      const done = new AbortController()
      await log.consume({
        topic,
        group: 'a',
        signal: done.signal,
        run: async (partition) => {
          for await (const records of partition.read(done.signal))
            for (const each of records) {
              const place = places.get(textOf(each))
              if (place === undefined || !isSame(each.position, place)) continue
              places.delete(textOf(each))
              if (places.size === 0) done.abort()
            }
        },
      })
    })

    test('nothing appended is nothing', async () => {
      await using opened = await open()
      assert.deepEqual(await append(opened.log, topic, []), [])
    })

    test('records of a key keep the order in which a caller that waits appends them', async () => {
      await using opened = await open()
      const { log } = opened
      await Promise.all(
        keys.map(async (key) => {
          for (const each of recordsOf(key, 20)) await append(log, topic, [each])
        }),
      )
      const found = byKey(await read({ log, topic, group: 'a', count: keys.length * 20 }))
      for (const key of keys) assert.deepEqual(found.get(key), recordsOf(key, 20).map(textOf))
    })

    test('records of one call keep their order', async () => {
      await using opened = await open()
      const { log } = opened
      const all = Array.from({ length: 50 }, (_, index) =>
        keys.map((key) => record(key, `${key} ${index}`)),
      ).flat()
      await append(log, topic, all)
      const found = byKey(await read({ log, topic, group: 'a', count: all.length }))
      for (const key of keys) assert.deepEqual(found.get(key), recordsOf(key, 50).map(textOf))
    })

    test('offsets rise and times never fall within a partition', async () => {
      await using opened = await open()
      const { log } = opened
      for (let round = 0; round < 10; round += 1)
        await append(
          log,
          topic,
          keys.map((key) => record(key, `${key} ${round}`)),
        )
      const done = new AbortController()
      let count = 0
      await log.consume({
        topic,
        group: 'a',
        signal: done.signal,
        run: async (partition) => {
          let last: LogRecord | undefined
          for await (const records of partition.read(done.signal))
            for (const each of records) {
              if (last !== undefined) {
                assert.ok(each.position.offset > last.position.offset)
                assert.ok(each.timestampMs >= last.timestampMs)
              }
              last = each
              count += 1
              if (count === keys.length * 10) done.abort()
            }
        },
      })
    })

    test('topics are apart', async () => {
      await using opened = await open()
      const { log } = opened
      await append(log, 'commands', [record('a', 'command')])
      await append(log, 'user-events', [record('a', 'event')])
      const found = await read({ log, topic: 'user-events', group: 'a', count: 1 })
      assert.deepEqual(found.map(textOf), ['event'])
    })

    test('every group reads everything', async () => {
      await using opened = await open()
      const { log } = opened
      await append(log, topic, recordsOf('a', 5))
      for (const group of ['one', 'two']) {
        const found = await read({ log, topic, group, count: 5, commits: true })
        assert.deepEqual(found.map(textOf), recordsOf('a', 5).map(textOf))
      }
    })

    test('a reader that waits is given what comes', async () => {
      await using opened = await open()
      const { log } = opened
      const found = read({ log, topic, group: 'a', count: 3 })
      for (const each of recordsOf('a', 3)) await append(log, topic, [each])
      assert.deepEqual((await found).map(textOf), ['a 0', 'a 1', 'a 2'])
    })

    test('a slow reader is given all of it, in pieces', async () => {
      await using opened = await open()
      const { log } = opened
      const count = limits.recordsInFlight * 3
      const found = read({ log, topic, group: 'a', count })
      const all = recordsOf('a', count)
      for (let at = 0; at < count; at += 500) await append(log, topic, all.slice(at, at + 500))
      assert.deepEqual((await found).map(textOf), all.map(textOf))
    })

    test('a record above its limit is refused, and the rest of its call with it', async () => {
      await using opened = await open()
      const { log } = opened
      for (const bytes of [limits.logRecordBytesMax + 1, limits.logRecordBytesMax * 10])
        await assert.rejects(
          append(log, topic, [
            record('a', 'beside it'),
            { key: 'a', value: new Uint8Array(bytes), rules: 1 },
          ]),
          { code: 'too-large' },
        )
      const largest = { key: 'a', value: new Uint8Array(limits.logRecordBytesMax), rules: 1 }
      await append(log, topic, [largest])
      const [found] = await read({ log, topic, group: 'a', count: 1 })
      assert.equal(found?.value.length, limits.logRecordBytesMax)
    })

    for (const how of ['closed', 'killed'] as const) {
      test(`what was acknowledged is there after the process was ${how}`, async () => {
        await using opened = await open()
        for (const each of recordsOf('a', 30)) await append(opened.log, topic, [each])
        const log = await opened.reopen(how)
        const found = await read({ log, topic, group: 'a', count: 30 })
        assert.deepEqual(found.map(textOf), recordsOf('a', 30).map(textOf))
        const [next] = await append(log, topic, [record('a', 'later')])
        assert.ok((next?.offset ?? 0) > (found.at(-1)?.position.offset ?? 0))
      })

      test(`nothing is skipped after a commit and the process was ${how}`, async () => {
        await using opened = await open()
        await append(opened.log, topic, recordsOf('a', 10))
        await commitFirst(opened.log, 4)
        const log = await opened.reopen(how)
        await append(log, topic, [record('a', 'a 10')])
        // What was done may come again; what was not done must come.
        const undone = recordsOf('a', 11).map(textOf).slice(4)
        const found = (await readUntil(log, 'a 10')).map(textOf)
        assert.deepEqual(firstComings(found.filter((text) => undone.includes(text))), undone)
      })
    }

    test('what was not committed is read again', async () => {
      await using opened = await open()
      const { log } = opened
      await append(log, topic, recordsOf('a', 5))
      for (let time = 0; time < 2; time += 1) {
        const found = await read({ log, topic, group: 'a', count: 5 })
        assert.deepEqual(found.map(textOf), recordsOf('a', 5).map(textOf))
      }
    })

    test('what was committed is not read again by the next owner', async () => {
      await using opened = await open()
      const { log } = opened
      await append(log, topic, recordsOf('a', 10))
      const offset = await commitFirst(log, 4)
      const found = await readUntil(log, 'a 9')
      assert.ok(found.every(({ position }) => position.offset >= offset))
      assert.ok(
        recordsOf('a', 10)
          .slice(4)
          .map(textOf)
          .every((text) => found.some((each) => textOf(each) === text)),
      )
    })

    test('reading starts where somebody has set a group back to, or on', async () => {
      await using opened = await open()
      await append(opened.log, topic, recordsOf('a', 10))
      const done = new AbortController()
      const { signal } = done
      let partition = 0
      const offsets = new Map<string, number>()
      await opened.log.consume({
        topic,
        group: 'a',
        signal,
        run: async ({ index, read }) => {
          for await (const records of read(signal)) {
            partition = index
            for (const each of records) offsets.set(textOf(each), each.position.offset)
            if (offsets.size === 10) done.abort()
          }
        },
      })
      for (const from of [0, 6, 3]) {
        const offset = offsets.get(`a ${from}`) ?? 0
        const log = await opened.reopenAt({ topic, group: 'a', partition, offset })
        const found = await readUntil(log, 'a 9')
        assert.deepEqual(
          firstComings(found.map(textOf)),
          recordsOf('a', 10).slice(from).map(textOf),
        )
      }
    })

    test('a group that has committed what the log does not have is told, and jumps nowhere', async () => {
      await using opened = await open()
      await append(opened.log, topic, recordsOf('a', 3))
      const log = await opened.reopenAt({ topic, group: 'a', partition: 0, offset: 1_000 })
      const { signal } = new AbortController()
      const consuming = log.consume({
        topic,
        group: 'a',
        signal,
        run: async (partition) => {
          for await (const _ of partition.read(signal)) assert.fail('there is nothing')
        },
      })
      await assert.rejects(consuming, { code: 'partition-halted' })
    })

    test('members share the partitions, and those of a leaver go on elsewhere', async () => {
      await using opened = await open()
      const { log } = opened
      const leaving = new AbortController()
      const done = new AbortController()
      const seen = new Set<string>()
      const owned = new Map<string, Set<number>>()
      const join = (name: string, signal: AbortSignal) =>
        log.consume({
          topic,
          group: 'a',
          signal,
          run: async (partition) => {
            owned.set(name, (owned.get(name) ?? new Set()).add(partition.index))
            for await (const records of partition.read(signal))
              for (const each of records) {
                seen.add(textOf(each))
                if (seen.size === keys.length * 2) done.abort()
              }
          },
        })
      const first = join('first', leaving.signal)
      const second = join('second', done.signal)
      await append(
        log,
        topic,
        keys.map((key) => record(key, `${key} 0`)),
      )
      await waitFor(() => seen.size === keys.length && owned.size === 2)
      leaving.abort()
      await first
      await append(
        log,
        topic,
        keys.map((key) => record(key, `${key} 1`)),
      )
      await second
      assert.equal(seen.size, keys.length * 2)
      const all = new Set([...(owned.get('first') ?? []), ...(owned.get('second') ?? [])])
      assert.deepEqual(all, owned.get('second'))
    })

    test('an owner whose partition was taken away cannot commit', async () => {
      await using opened = await open()
      const { log } = opened
      await append(log, topic, recordsOf('a', 3))
      let late: LogPartition | undefined
      const leaving = new AbortController()
      await log.consume({
        topic,
        group: 'a',
        signal: leaving.signal,
        run: async (partition) => {
          for await (const _ of partition.read(leaving.signal)) {
            late = partition
            leaving.abort()
          }
        },
      })
      assert.ok(late !== undefined)
      const { commit } = late
      await assert.rejects(
        insist(() => commit(3)),
        { code: 'conflict' },
      )
      const found = await read({ log, topic, group: 'a', count: 3 })
      assert.equal(found.length, 3)
    })

    test('the error of a run ends the membership, and joining again goes on', async () => {
      await using opened = await open()
      const { log } = opened
      await append(log, topic, recordsOf('a', 3))
      const { signal } = new AbortController()
      const failing = log.consume({
        topic,
        group: 'a',
        signal,
        run: async (partition) => {
          for await (const _ of partition.read(signal)) throw new Error('poison')
        },
      })
      await assert.rejects(failing, /poison/)
      assert.equal((await read({ log, topic, group: 'a', count: 3 })).length, 3)
    })

    test('waiting for records ends with the signal', async () => {
      await using opened = await open()
      const leaving = new AbortController()
      const consuming = opened.log.consume({
        topic,
        group: 'a',
        signal: leaving.signal,
        run: async (partition) => {
          for await (const _ of partition.read(leaving.signal)) assert.fail('there is nothing')
        },
      })
      leaving.abort()
      await consuming
      const { signal } = leaving
      await opened.log.consume({ topic, group: 'a', signal, run: () => assert.fail('too late') })
    })

    test('counts what waits for a group', async () => {
      await using opened = await open()
      const { log } = opened
      await append(log, topic, recordsOf('a', 10))
      const before = await log.lag(topic, 'a')
      assert.ok(before >= 10)
      await commitFirst(log, 4)
      const after = await log.lag(topic, 'a')
      assert.ok(after >= 6 && after <= before - 4)
    })
  })

  /** One owner does the first records of key `a` and commits; says up to where. */
  async function commitFirst(log: EventLog, count: number): Promise<number> {
    const done = new AbortController()
    const { signal } = done
    const seen = new Set<string>()
    let target: { readonly index: number; readonly offset: number } | undefined
    const run = async (partition: LogPartition) => {
      const commit = async () => {
        if (target?.index !== partition.index) return
        await partition.commit(target.offset)
        done.abort()
      }
      await commit()
      for await (const records of partition.read(signal))
        for (const each of records) {
          if (signal.aborted) return
          seen.add(textOf(each))
          if (seen.size < count) continue
          target ??= { index: partition.index, offset: each.position.offset + 1 }
          await commit()
        }
    }
    while (!signal.aborted)
      try {
        await log.consume({ topic, group: 'a', signal, run })
      } catch (error) {
        if (!(error instanceof ChatError)) throw error
      }
    return target?.offset ?? 0
  }

  async function readUntil(log: EventLog, last: string): Promise<readonly LogRecord[]> {
    const found: LogRecord[] = []
    const done = new AbortController()
    await log.consume({
      topic,
      group: 'a',
      signal: done.signal,
      run: async (partition) => {
        for await (const records of partition.read(done.signal))
          for (const each of records) {
            if (!done.signal.aborted) found.push(each)
            if (textOf(each) === last) done.abort()
          }
      },
    })
    return found
  }
}

function firstComings(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)]
}

function isSame(a: LogPosition, b: LogPosition): boolean {
  return a.generation === b.generation && a.offset === b.offset
}

async function waitFor(isReached: () => boolean): Promise<void> {
  while (!isReached()) await new Promise((resolve) => setImmediate(resolve))
}
