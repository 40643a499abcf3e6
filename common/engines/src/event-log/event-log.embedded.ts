import { assert, ChatError, type LogPosition, limits } from '@parley/protocol'
import type { SqliteFile } from '../sqlite/sqlite-file.ts'
import { ConsumerGroup } from './consumer-group.ts'
import { type Batch, EmbeddedPartition, partitionSchema, toInsert } from './embedded-partition.ts'
import {
  type ConsumeOptions,
  type EventLog,
  type LogPartition,
  type NewLogRecord,
  type Topic,
  topics,
} from './event-log.ts'
import { partitionOf } from './partitioner.ts'

const offsetsSchema = `CREATE TABLE IF NOT EXISTS log_offsets (
  topic TEXT NOT NULL, partition INTEGER NOT NULL, consumers TEXT NOT NULL,
  done INTEGER NOT NULL, PRIMARY KEY (topic, partition, consumers)) STRICT`
const upsertOffset = `INSERT INTO log_offsets VALUES (?, ?, ?, ?)
  ON CONFLICT (topic, partition, consumers) DO UPDATE SET done = excluded.done`
// Never the newest: it says where the partition ends, and when that was.
const trimSome = `DELETE FROM log_batches WHERE rowid IN (
  SELECT b.rowid FROM log_batches b
  WHERE b.topic = ?1 AND b.partition = ?2 AND b.at_ms < ?3 AND b.first_offset + b.records <= ?4
    AND b.first_offset < (SELECT max(first_offset) FROM log_batches WHERE topic = ?1 AND partition = ?2)
  ORDER BY b.first_offset LIMIT ?5)`
const rowsPerTrim = 500

export interface EmbeddedEventLogOptions {
  readonly file: SqliteFile
  /** Rises when a log was lost and made anew, so that its positions stay above the old ones. */
  readonly generation: number
  readonly partitions: number
  readonly nowMs: () => number
  /**
   * Readers get records as soon as they are applied. What they write to the same file is durable
   * after the records and never without them; whatever else they do waits for `file.durable()`.
   */
  readonly readsApplied?: boolean
}

/**
 * The log in a SQLite file, for one process. A batch of records is one row, as in Kafka; readers
 * take the newest ones from memory as soon as they are durable.
 */
export class EmbeddedEventLog implements EventLog {
  readonly #file: SqliteFile
  readonly #nowMs: () => number
  readonly #readsApplied: boolean
  readonly #partitions: ReadonlyMap<Topic, readonly EmbeddedPartition[]>
  readonly #groups = new Map<string, ConsumerGroup>()
  /** By topic, partition and group: the offset below which all is done. */
  readonly #done = new Map<string, number>()
  readonly #added = new Set<EmbeddedPartition>()
  #waiting = 0
  #write: Promise<void> | undefined
  #isClosed = false

  private constructor(options: EmbeddedEventLogOptions) {
    const { file, generation, partitions, nowMs, readsApplied = false } = options
    this.#file = file
    this.#readsApplied = readsApplied
    this.#nowMs = nowMs
    this.#partitions = new Map(
      topics.map((topic) => [
        topic,
        Array.from(
          { length: partitions },
          (_, index) => new EmbeddedPartition({ file, topic, index, generation }),
        ),
      ]),
    )
    for (const row of file.read('SELECT topic, partition, consumers, done FROM log_offsets'))
      this.#done.set(`${row['topic']}/${row['partition']}/${row['consumers']}`, Number(row['done']))
  }

  static async open(options: EmbeddedEventLogOptions): Promise<EmbeddedEventLog> {
    await options.file.define(...partitionSchema, offsetsSchema)
    return new EmbeddedEventLog(options)
  }

  async append(topic: Topic, records: readonly NewLogRecord[]): Promise<readonly LogPosition[]> {
    if (this.#isClosed) throw new ChatError('unavailable', 'the log is closed')
    const partitions = this.#partitionsOf(topic)
    if (records.some(({ value }) => value.length > limits.logRecordBytesMax))
      throw new ChatError('too-large', 'a record above its limit')
    if (this.#waiting + records.length > limits.logAppendsWaiting)
      throw new ChatError('overloaded', 'the log is behind')
    if (records.length === 0) return []
    this.#waiting += records.length
    const taken: { readonly partition: EmbeddedPartition; readonly offset: number }[] = []
    for (const record of records) {
      const partition = partitions[partitionOf(record.key, partitions.length)]
      assert(partition !== undefined, 'a key has a partition')
      taken.push({ partition, offset: partition.add(record) })
      this.#added.add(partition)
    }
    try {
      this.#write ??= this.#writeAdded()
      await this.#write
    } finally {
      this.#waiting -= records.length
    }
    return taken.map(({ partition, offset }) => ({ generation: partition.generation, offset }))
  }

  async consume({ topic, group, signal, run }: ConsumeOptions): Promise<void> {
    if (this.#isClosed) throw new ChatError('unavailable', 'the log is closed')
    const name = `${topic}/${group}`
    const members = this.#groups.get(name) ?? new ConsumerGroup(this.#partitionsOf(topic).length)
    this.#groups.set(name, members)
    await members.join(signal, (index, ending) => run(this.#open(topic, index, group, ending)))
  }

  async lag(topic: Topic, group: string): Promise<number> {
    return this.#partitionsOf(topic)
      .map(({ end, index }) => end - (this.#done.get(`${topic}/${index}/${group}`) ?? 0))
      .reduce((sum, waiting) => sum + waiting, 0)
  }

  /** Deletes what is older than `keepMs` and done by every group, a bounded part of it. */
  async trim(topic: Topic, keepMs: number): Promise<void> {
    const beforeMs = this.#nowMs() - keepMs
    for (const { index } of this.#partitionsOf(topic)) {
      const done = [...this.#groups.keys()]
        .filter((name) => name.startsWith(`${topic}/`))
        .map((name) => this.#done.get(`${topic}/${index}/${name.slice(topic.length + 1)}`) ?? 0)
      for (const row of this.#file.read(
        'SELECT done FROM log_offsets WHERE topic = ? AND partition = ?',
        topic,
        index,
      ))
        done.push(Number(row['done']))
      if (done.length > 0)
        await this.#file.write([[trimSome, topic, index, beforeMs, Math.min(...done), rowsPerTrim]])
    }
  }

  /** Writes what was appended; consumers end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await this.#write?.catch(() => {})
    await Promise.all([...this.#groups.values()].map((group) => group.close()))
  }

  #partitionsOf(topic: Topic): readonly EmbeddedPartition[] {
    const partitions = this.#partitions.get(topic)
    assert(partitions !== undefined, 'a topic of the list')
    return partitions
  }

  /** What is appended until the transaction is made goes with it. */
  async #writeAdded(): Promise<void> {
    let batches: readonly Batch[] | undefined
    try {
      await this.#file.write(
        () => {
          batches = this.#takeAdded()
          return batches.map(toInsert)
        },
        () => {
          if (this.#readsApplied) publish(batches)
        },
      )
    } finally {
      // Refused before it was asked: nothing was appended, and nothing is later.
      if (batches === undefined) this.#takeAdded()
    }
    if (!this.#readsApplied) publish(batches)
  }

  #takeAdded(): readonly Batch[] {
    this.#write = undefined
    const nowMs = this.#nowMs()
    const batches = [...this.#added].flatMap((partition) => partition.take(nowMs))
    this.#added.clear()
    return batches
  }

  #open(topic: Topic, index: number, group: string, ending: AbortSignal): LogPartition {
    const partition = this.#partitionsOf(topic)[index]
    assert(partition !== undefined, 'an assigned partition exists')
    const name = `${topic}/${index}/${group}`
    return {
      index,
      read: (signal) => {
        const offset = this.#done.get(name) ?? 0
        if (offset > partition.end)
          throw new ChatError('partition-halted', 'the log ends before what was done')
        return partition.read(offset, AbortSignal.any([signal, ending]))
      },
      commit: async (offset) => {
        if (ending.aborted) throw new ChatError('conflict', 'the partition has another owner')
        assert(offset <= partition.end, 'what is done was read')
        if (offset <= (this.#done.get(name) ?? 0)) return
        this.#done.set(name, offset)
        this.#file.writeLazily(name, [upsertOffset, topic, index, group, offset])
      },
    }
  }
}

function publish(batches: readonly Batch[] = []): void {
  for (const batch of batches) batch.partition.publish(batch)
}
