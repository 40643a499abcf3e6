import type { LogPosition } from '@parley/protocol'
import type {
  ConsumeOptions,
  EventLog,
  LogPartition,
  LogRecord,
  NewLogRecord,
  Topic,
} from '../src/event-log/event-log.ts'
import { Faults } from './faults.ts'

/**
 * A log that does whatever the contract allows, as Kafka does on a bad day.
 *
 * - Appends and commits are late, lost, or done and reported as failed; appends are doubled.
 * - Partitions are taken away in the middle of a batch, and read again from the last commit on, while
 *   the owner before goes on for a while with what it has already fetched.
 * - Batches are cut, and partitions overtake each other.
 */
export class FaultyEventLog implements EventLog {
  readonly #log: EventLog
  readonly #faults: Faults

  constructor(log: EventLog, seed: number) {
    this.#log = log
    this.#faults = new Faults({ seed, lost: 0.1 })
  }

  async append(topic: Topic, records: readonly NewLogRecord[]): Promise<readonly LogPosition[]> {
    return this.#faults.call(async () => {
      const positions = await this.#log.append(topic, records)
      return this.#faults.random.chance(0.1) ? this.#log.append(topic, records) : positions
    })
  }

  async consume(options: ConsumeOptions): Promise<void> {
    const before: Promise<void>[] = []
    try {
      while (!options.signal.aborted) {
        const rebalance = new AbortController()
        const membership = this.#log.consume({
          ...options,
          signal: AbortSignal.any([options.signal, rebalance.signal]),
          run: (partition) => options.run(this.#faulty(partition, rebalance)),
        })
        before.push(membership.catch(() => {}))
        await Promise.race([membership, aborted(rebalance.signal)])
      }
    } finally {
      await Promise.all(before)
    }
  }

  lag(topic: Topic, group: string): Promise<number> {
    return this.#log.lag(topic, group)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#log[Symbol.asyncDispose]()
  }

  #faulty(partition: LogPartition, rebalance: AbortController): LogPartition {
    return {
      index: partition.index,
      read: (signal) => this.#read(partition, signal, rebalance),
      commit: (offset) => this.#faults.call(() => partition.commit(offset)),
    }
  }

  async *#read(
    partition: LogPartition,
    signal: AbortSignal,
    rebalance: AbortController,
  ): AsyncGenerator<readonly LogRecord[], void> {
    const { random } = this.#faults
    for await (const records of partition.read(signal))
      for (let at = 0; at < records.length && !signal.aborted; ) {
        await this.#faults.delay()
        const count = 1 + random.below(records.length - at)
        yield records.slice(at, at + count)
        at += count
        if (random.chance(0.03)) rebalance.abort()
        // It may not know yet that it has a successor.
        if (rebalance.signal.aborted && random.chance(0.5)) return
      }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
