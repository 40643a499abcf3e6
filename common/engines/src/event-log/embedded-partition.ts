import { assert } from '@parley/protocol'
import type { SqliteFile, SqlWrite } from '../sqlite/sqlite-file.ts'
import type { LogRecord, NewLogRecord, Topic } from './event-log.ts'
import { decodeBatch, encodeBatch } from './record-batch.ts'

/** A batch is one row and one step of a reader: small enough to be copied without a pause. */
const batchRecordsMax = 1_024
const batchBytesMax = 1_048_576
/** The newest durable batches, which readers find in memory. */
const tailRecordsMax = 4_096
const tailBytesMax = 4_194_304
/** Rows that a reader who is behind takes from the file at once. */
const rowsPerRead = 16

const insertBatch = 'INSERT INTO log_batches VALUES (?, ?, ?, ?, ?, ?)'
const newestBatch = `SELECT first_offset + records AS next, at_ms FROM log_batches
  WHERE topic = ? AND partition = ? ORDER BY first_offset DESC LIMIT 1`
/** From the batch that may hold an offset on. */
const batchesFrom = `SELECT first_offset, at_ms, batch FROM log_batches
  WHERE topic = ?1 AND partition = ?2 AND first_offset >= coalesce((
    SELECT max(first_offset) FROM log_batches
    WHERE topic = ?1 AND partition = ?2 AND first_offset <= ?3), 0)
  ORDER BY first_offset LIMIT ${rowsPerRead}`

export const partitionSchema = [
  `CREATE TABLE IF NOT EXISTS log_batches (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, first_offset INTEGER NOT NULL,
    records INTEGER NOT NULL, at_ms INTEGER NOT NULL, batch BLOB NOT NULL) STRICT`,
  `CREATE UNIQUE INDEX IF NOT EXISTS log_batches_by_offset
    ON log_batches (topic, partition, first_offset)`,
] as const

/** Records that become durable together, and are one row. Their offsets are dense. */
export interface Batch {
  readonly partition: EmbeddedPartition
  readonly records: readonly LogRecord[]
  readonly first: number
  readonly bytes: number
}

export interface EmbeddedPartitionOptions {
  readonly file: SqliteFile
  readonly topic: Topic
  readonly index: number
  readonly generation: number
}

/** One partition: what waits to be written, where it ends, and its newest records. */
export class EmbeddedPartition {
  readonly topic: Topic
  readonly index: number
  readonly generation: number
  readonly #file: SqliteFile
  #pending: NewLogRecord[] = []
  /** The next offset to give away, and the one after the last durable record. */
  #next: number
  #end: number
  #timestampMs: number
  readonly #tail: Batch[] = []
  #tailRecords = 0
  #tailBytes = 0
  /** From here on every durable record is in the tail. */
  #tailStart: number
  readonly #readers = new Set<() => void>()

  constructor({ file, topic, index, generation }: EmbeddedPartitionOptions) {
    this.topic = topic
    this.index = index
    this.#file = file
    this.generation = generation
    const [newest] = file.read(newestBatch, topic, index)
    this.#next = Number(newest?.['next'] ?? 0)
    this.#end = this.#next
    this.#tailStart = this.#next
    this.#timestampMs = Number(newest?.['at_ms'] ?? 0)
  }

  /** The offset after the last durable record. */
  get end(): number {
    return this.#end
  }

  /** Takes a record for the next batch, and says which offset it will have. */
  add(record: NewLogRecord): number {
    this.#pending.push(record)
    this.#next += 1
    return this.#next - 1
  }

  /** What was added, as batches at the time of the log; it is written next or never. */
  take(nowMs: number): readonly Batch[] {
    this.#timestampMs = Math.max(this.#timestampMs, nowMs)
    const batches: Batch[] = []
    let offset = this.#next - this.#pending.length
    let records: LogRecord[] = []
    let bytes = 0
    const close = () => {
      if (records.length === 0) return
      batches.push({ partition: this, records, first: offset - records.length, bytes })
      records = []
      bytes = 0
    }
    for (const { key, value, rules } of this.#pending) {
      if (records.length === batchRecordsMax || bytes + value.length > batchBytesMax) close()
      const position = { generation: this.generation, offset }
      records.push({ key, value, rules, position, timestampMs: this.#timestampMs })
      bytes += value.length
      offset += 1
    }
    close()
    this.#pending = []
    return batches
  }

  /** A batch has become durable. Batches before it that have not never will: they leave a hole. */
  publish(batch: Batch): void {
    assert(batch.first >= this.#end, 'batches become durable in order')
    this.#end = batch.first + batch.records.length
    this.#tail.push(batch)
    this.#tailRecords += batch.records.length
    this.#tailBytes += batch.bytes
    while (this.#tailRecords > tailRecordsMax || this.#tailBytes > tailBytesMax) {
      const oldest = this.#tail.shift()
      if (oldest === undefined) break
      this.#tailRecords -= oldest.records.length
      this.#tailBytes -= oldest.bytes
      this.#tailStart = oldest.first + oldest.records.length
    }
    for (const wake of this.#readers) wake()
  }

  /** Durable records from an offset on, in groups; waits for more until the signal is aborted. */
  async *read(offset: number, signal: AbortSignal): AsyncGenerator<readonly LogRecord[], void> {
    let next = offset
    let wake = () => {}
    const onWake = () => wake()
    this.#readers.add(onWake)
    signal.addEventListener('abort', onWake)
    try {
      while (!signal.aborted) {
        if (next >= this.#end) {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
          continue
        }
        const records = next >= this.#tailStart ? this.#fromTail(next) : this.#fromFile(next)
        const last = records.at(-1)
        if (last === undefined) {
          // A hole, up to what is in memory.
          assert(next < this.#tailStart, 'the tail has all that is durable')
          next = this.#tailStart
        } else {
          next = last.position.offset + 1
          yield records
        }
      }
    } finally {
      this.#readers.delete(onWake)
      signal.removeEventListener('abort', onWake)
    }
  }

  #fromTail(offset: number): readonly LogRecord[] {
    // Nearly always the newest batch, and all of it.
    let index = this.#tail.length
    while (index > 0 && endOf(this.#tail[index - 1]) > offset) index -= 1
    const [first, ...others] = this.#tail.slice(index)
    if (first === undefined) return []
    const found = first.records.slice(Math.max(0, offset - first.first))
    for (const { records } of others) {
      if (found.length + records.length > batchRecordsMax) break
      found.push(...records)
    }
    return found
  }

  #fromFile(offset: number): readonly LogRecord[] {
    const found: LogRecord[] = []
    for (const row of this.#file.read(batchesFrom, this.topic, this.index, offset)) {
      if (found.length >= batchRecordsMax) break
      const first = Number(row['first_offset'])
      const batch = row['batch']
      assert(batch instanceof Uint8Array, 'a batch is bytes')
      const position = { generation: this.generation, offset: first }
      // What is written but not durable yet is not read.
      for (const record of decodeBatch(batch, position, Number(row['at_ms'])))
        if (record.position.offset >= offset && record.position.offset < this.#end)
          found.push(record)
    }
    return found
  }
}

export function toInsert({ partition, records, first }: Batch): SqlWrite {
  const { topic, index } = partition
  const timestampMs = records[0]?.timestampMs ?? 0
  return [insertBatch, topic, index, first, records.length, timestampMs, encodeBatch(records)]
}

function endOf(batch: Batch | undefined): number {
  return batch === undefined ? 0 : batch.first + batch.records.length
}
