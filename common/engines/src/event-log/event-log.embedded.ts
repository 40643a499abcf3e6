import { setImmediate } from 'node:timers'
import { assert, ChatError, type LogPosition, limits } from '@parley/protocol'
import type { SqliteFile } from '../sqlite/sqlite-file.ts'
import { ConsumerGroup } from './consumer-group.ts'
import {
  type ConsumeOptions,
  type EventLog,
  type LogPartition,
  type LogRecord,
  type NewLogRecord,
  type Topic,
  topics,
} from './event-log.ts'
import { partitionOf } from './partitioner.ts'
import { decodeBatch, encodeBatch } from './record-batch.ts'

const schema = [
  `CREATE TABLE IF NOT EXISTS log_batches (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, first_offset INTEGER NOT NULL,
    records INTEGER NOT NULL, at_ms INTEGER NOT NULL, batch BLOB NOT NULL) STRICT`,
  `CREATE UNIQUE INDEX IF NOT EXISTS log_batches_by_offset
    ON log_batches (topic, partition, first_offset)`,
  `CREATE TABLE IF NOT EXISTS log_offsets (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, consumers TEXT NOT NULL,
    done INTEGER NOT NULL, PRIMARY KEY (topic, partition, consumers)) STRICT`,
] as const
const insertBatch = 'INSERT INTO log_batches VALUES (?, ?, ?, ?, ?, ?)'
const upsertOffset = `INSERT INTO log_offsets VALUES (?, ?, ?, ?)
  ON CONFLICT (topic, partition, consumers) DO UPDATE SET done = excluded.done`

/** Durable records of a partition that its readers find in memory. */
const tailRecordsMax = 4_096

interface PartitionState {
  readonly topic: Topic
  readonly index: number
  /** The next offset to give away, and the first one that is not durable yet. */
  nextOffset: number
  durableOffset: number
  timestampMs: number
  pending: NewLogRecord[]
  /** The newest durable records, dense up to `durableOffset`. */
  tail: LogRecord[]
  wake: Set<() => void>
}

/**
 * The log in a SQLite file, for one process. A batch of records is one row, as in Kafka; readers
 * take the newest ones from memory as soon as they are durable.
 */
export class EmbeddedEventLog implements EventLog {
  readonly #file: SqliteFile
  readonly #generation: number
  readonly #nowMs: () => number
  readonly #partitions: ReadonlyMap<Topic, readonly PartitionState[]>
  readonly #groups = new Map<string, ConsumerGroup>()
  readonly #dirty = new Set<PartitionState>()
  #flushed: Promise<void> | undefined

  private constructor(options: EmbeddedEventLogOptions) {
    this.#file = options.file
    this.#generation = options.generation
    this.#nowMs = options.nowMs
    this.#partitions = new Map(
      topics.map((topic) => [
        topic,
        Array.from({ length: options.partitions }, (_, index) => this.#restore(topic, index)),
      ]),
    )
  }

  static async open(options: EmbeddedEventLogOptions): Promise<EmbeddedEventLog> {
    await options.file.define(...schema)
    return new EmbeddedEventLog(options)
  }

  async append(topic: Topic, records: readonly NewLogRecord[]): Promise<readonly LogPosition[]> {
    const partitions = this.#partitionsOf(topic)
    for (const { value } of records)
      if (value.length > limits.logRecordBytesMax)
        throw new ChatError('too-large', 'a record above its limit')
    const positions = records.map((record) => {
      const partition = partitions[partitionOf(record.key, partitions.length)]
      assert(partition !== undefined, 'a key has a partition')
      partition.pending.push(record)
      partition.nextOffset += 1
      this.#dirty.add(partition)
      return { generation: this.#generation, offset: partition.nextOffset - 1 }
    })
    // All appends of one turn of the event loop become one batch.
    this.#flushed ??= new Promise((resolve, reject) => {
      setImmediate(() => this.#flush().then(resolve, reject))
    })
    await this.#flushed
    return positions
  }

  consume({ topic, group, signal, run }: ConsumeOptions): Promise<void> {
    const name = `${topic}/${group}`
    const members = this.#groups.get(name) ?? new ConsumerGroup(this.#partitionsOf(topic).length)
    this.#groups.set(name, members)
    return members.join(signal, (index, ending) => run(this.#open(topic, index, group, ending)))
  }

  async lag(topic: Topic, group: string): Promise<number> {
    return this.#partitionsOf(topic).reduce(
      (sum, state) => sum + state.durableOffset - this.#committed(topic, state.index, group),
      0,
    )
  }

  /** Deletes batches that are older than `keepMs` and that every group has done. */
  async trim(keepMs: number): Promise<void> {
    await this.#file.write([
      [
        `DELETE FROM log_batches WHERE at_ms < ? AND first_offset + records <= (
          SELECT min(done) FROM log_offsets o
          WHERE o.topic = log_batches.topic AND o.partition = log_batches.partition)`,
        this.#nowMs() - keepMs,
      ],
    ])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#flushed?.catch(() => {})
    await Promise.all([...this.#groups.values()].map((group) => group.end()))
  }

  #partitionsOf(topic: Topic): readonly PartitionState[] {
    const partitions = this.#partitions.get(topic)
    assert(partitions !== undefined, 'a topic of the list')
    return partitions
  }

  #restore(topic: Topic, index: number): PartitionState {
    const [newest] = this.#file.read(
      `SELECT first_offset + records AS next, at_ms FROM log_batches
        WHERE topic = ? AND partition = ? ORDER BY first_offset DESC LIMIT 1`,
      topic,
      index,
    )
    // Offsets never go back, also when everything was trimmed.
    const [done] = this.#file.read(
      'SELECT max(done) AS done FROM log_offsets WHERE topic = ? AND partition = ?',
      topic,
      index,
    )
    const nextOffset = Math.max(Number(newest?.['next'] ?? 0), Number(done?.['done'] ?? 0))
    return {
      topic,
      index,
      nextOffset,
      durableOffset: nextOffset,
      timestampMs: Number(newest?.['at_ms'] ?? 0),
      pending: [],
      tail: [],
      wake: new Set(),
    }
  }

  async #flush(): Promise<void> {
    this.#flushed = undefined
    const batches = [...this.#dirty].map((partition) => {
      const records = partition.pending
      partition.pending = []
      partition.timestampMs = Math.max(partition.timestampMs, this.#nowMs())
      const first = partition.nextOffset - records.length
      return { partition, records, first, timestampMs: partition.timestampMs }
    })
    this.#dirty.clear()
    await this.#file.write(
      batches.map(({ partition: { topic, index }, records, first, timestampMs }) => [
        insertBatch,
        topic,
        index,
        first,
        records.length,
        timestampMs,
        encodeBatch(records),
      ]),
    )
    for (const batch of batches) this.#publish(batch)
  }

  #publish({ partition, records, first, timestampMs }: DurableBatch): void {
    if (partition.durableOffset !== first) partition.tail = [] // A batch before it failed.
    for (const [index, record] of records.entries()) {
      const position = { generation: this.#generation, offset: first + index }
      partition.tail.push({ ...record, position, timestampMs })
    }
    if (partition.tail.length > 2 * tailRecordsMax)
      partition.tail = partition.tail.slice(-tailRecordsMax)
    partition.durableOffset = first + records.length
    for (const wake of partition.wake) wake()
  }

  #committed(topic: Topic, index: number, group: string): number {
    const live = this.#commits.get(`${topic}/${index}/${group}`)
    if (live !== undefined) return live
    const [row] = this.#file.read(
      'SELECT done FROM log_offsets WHERE topic = ? AND partition = ? AND consumers = ?',
      topic,
      index,
      group,
    )
    return Number(row?.['done'] ?? 0)
  }

  readonly #commits = new Map<string, number>()

  #open(topic: Topic, index: number, group: string, ending: AbortSignal): LogPartition {
    const state = this.#partitionsOf(topic)[index]
    assert(state !== undefined, 'an assigned partition exists')
    return {
      index,
      read: (signal) =>
        this.#read(state, this.#committed(topic, index, group), AbortSignal.any([signal, ending])),
      commit: async (offset) => {
        if (ending.aborted) throw new ChatError('conflict', 'the partition has another owner')
        this.#commits.set(`${topic}/${index}/${group}`, offset)
        const name = `offset/${topic}/${index}/${group}`
        this.#file.writeLazily(name, [upsertOffset, topic, index, group, offset])
      },
    }
  }

  async *#read(
    state: PartitionState,
    from: number,
    signal: AbortSignal,
  ): AsyncIterable<readonly LogRecord[]> {
    let next = from
    while (!signal.aborted) {
      if (next >= state.durableOffset) {
        await this.#more(state, signal)
        continue
      }
      const records = this.#recordsFrom(state, next)
      if (records.length === 0) {
        next = state.durableOffset // A hole at the end: a batch that could not be written.
        continue
      }
      next = (records.at(-1)?.position.offset ?? next) + 1
      yield records
    }
  }

  #recordsFrom(state: PartitionState, offset: number): readonly LogRecord[] {
    const tailStart = state.tail[0]?.position.offset
    if (tailStart !== undefined && tailStart <= offset)
      return state.tail.slice(offset - tailStart, offset - tailStart + limits.recordsInFlight)
    const rows = this.#file.read(
      `SELECT first_offset, at_ms, batch FROM log_batches
        WHERE topic = ? AND partition = ? AND first_offset + records > ? AND first_offset >= (
          SELECT coalesce(max(first_offset), 0) FROM log_batches
          WHERE topic = ? AND partition = ? AND first_offset <= ?)
        ORDER BY first_offset LIMIT 32`,
      state.topic,
      state.index,
      offset,
      state.topic,
      state.index,
      offset,
    )
    return rows.flatMap((row) => {
      const first = { generation: this.#generation, offset: Number(row['first_offset']) }
      const batch = row['batch']
      assert(batch instanceof Uint8Array, 'a batch is bytes')
      return decodeBatch(batch, first, Number(row['at_ms'])).filter(
        ({ position }) => position.offset >= offset,
      )
    })
  }

  async #more(state: PartitionState, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    state.wake.add(resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
    if (!signal.aborted) await promise
    state.wake.delete(resolve)
  }
}

interface DurableBatch {
  readonly partition: PartitionState
  readonly records: readonly NewLogRecord[]
  readonly first: number
  readonly timestampMs: number
}

export interface EmbeddedEventLogOptions {
  readonly file: SqliteFile
  /** Rises when a log was lost and made anew, so that its positions stay above the old ones. */
  readonly generation: number
  readonly partitions: number
  readonly nowMs: () => number
}
