import type { LogPosition } from '@parley/protocol'

/** The topics and how many partitions each has. Counts never change once data is there. */
export const topics = ['commands', 'user-events', 'account-events', 'commands.dead'] as const
export type Topic = (typeof topics)[number]

export interface NewLogRecord {
  /** Decides the partition; records of one key keep their order. */
  readonly key: string
  readonly value: Uint8Array
  /** The edition of the rules by which the record is to be decided; 0 where there are none. */
  readonly rules: number
}

export interface LogRecord extends NewLogRecord {
  readonly position: LogPosition
  /** Given by the log when it took the record, in ms since 1970. Never falls within a partition. */
  readonly timestampMs: number
}

/**
 * The log: what was appended is the truth about order.
 *
 * - Order. Records of one partition are read in the order of their offsets; all records of a key are
 *   in one partition (`partitionOf`). Appends of one caller that waits for each keep their order;
 *   of appends made without waiting, those given in one call keep theirs. Nothing between partitions.
 * - Delivery. At least once for each group, from the last committed offset; a group that has never
 *   committed starts at the oldest record. The same record may be appended twice when an append was
 *   reported as failed or its answer was lost.
 * - Durability. When `append` resolves, the records survive what the engine is built for: a power cut
 *   with the embedded one (fsync), the loss of a broker with the cluster (acks=all).
 * - Concurrency. Everything may be called at once.
 * - Errors. `ChatError('unavailable')`: the outcome is unknown, appending again may double a record.
 *   `ChatError('overloaded')`: nothing was appended, too many are waiting. `ChatError('too-large')`:
 *   nothing was appended, a value has more than `limits.logRecordBytesMax`.
 */
export interface EventLog extends AsyncDisposable {
  append(topic: Topic, records: readonly NewLogRecord[]): Promise<readonly LogPosition[]>

  /**
   * Joins a consumer group. For each partition that is assigned to this member `run` is called; its
   * partition ends (`read` finishes) when it is taken away or the signal is aborted, and another
   * member may start reading before `run` has returned. Resolves after the signal was aborted and
   * all runs have ended; rejects with the first error of a run, after which the caller joins again.
   */
  consume(options: ConsumeOptions): Promise<void>

  /** Records of `topic` waiting for the group, over all partitions. For metrics and tests. */
  lag(topic: Topic, group: string): Promise<number>
}

export interface ConsumeOptions {
  readonly topic: Topic
  readonly group: string
  readonly signal: AbortSignal
  readonly run: (partition: LogPartition) => Promise<void>
}

/**
 * One partition of the log, as its owner sees it.
 *
 * - Order. Records come by rising offset, possibly with holes.
 * - Delivery. At least once: reading starts at the last committed offset, so what was not committed
 *   is read again, by this owner's successor or while this owner still believes to be one.
 * - Errors. `unavailable`: whether the commit took place is unknown. `conflict`: another owner has
 *   taken over, and this one has nothing to do any more. Either way the owner stops.
 *   `partition-halted` when reading: the log does not have what was committed. Never a jump.
 */
export interface LogPartition {
  readonly index: number

  /** Batches of records, each at least one record; waits for ever, ends when taken away. */
  read(signal: AbortSignal): AsyncIterable<readonly LogRecord[]>

  /** All records below `offset` are done. Commit after their effects, never before. */
  commit(offset: number): Promise<void>
}
