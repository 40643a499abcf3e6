import { setImmediate } from 'node:timers/promises'
import { ChatError, type LogPosition } from '@parley/protocol'
import type {
  ConsumeOptions,
  EventLog,
  LogPartition,
  LogRecord,
  NewLogRecord,
  Topic,
} from '../src/event-log/event-log.ts'
import { SeededRandom } from './seeded-random.ts'

/**
 * A log that does whatever the contract allows, as Kafka does on a bad day: appends are delayed, lost,
 * doubled, or done and reported as failed; partitions are taken away and given back, from the last
 * commit on; batches are cut, and the partitions reordered against each other.
 */
export class FaultyEventLog implements EventLog {
  readonly #log: EventLog
  readonly #random: SeededRandom

  constructor(log: EventLog, seed: number) {
    this.#log = log
    this.#random = new SeededRandom(seed)
  }

  async append(topic: Topic, records: readonly NewLogRecord[]): Promise<readonly LogPosition[]> {
    await this.#delay()
    if (this.#random.chance(0.1)) throw new ChatError('unavailable', 'lost on the way')
    let positions = await this.#log.append(topic, records)
    if (this.#random.chance(0.1)) positions = await this.#log.append(topic, records)
    await this.#delay()
    if (this.#random.chance(0.1)) throw new ChatError('unavailable', 'the answer was lost')
    return positions
  }

  async consume(options: ConsumeOptions): Promise<void> {
    while (!options.signal.aborted) {
      const rebalance = new AbortController()
      await this.#log.consume({
        ...options,
        signal: AbortSignal.any([options.signal, rebalance.signal]),
        run: (partition) => options.run(this.#faulty(partition, rebalance)),
      })
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
      commit: async (offset) => {
        await this.#delay()
        await partition.commit(offset)
      },
    }
  }

  async *#read(
    partition: LogPartition,
    signal: AbortSignal,
    rebalance: AbortController,
  ): AsyncGenerator<readonly LogRecord[], void> {
    for await (const records of partition.read(signal))
      for (let at = 0; at < records.length && !signal.aborted; ) {
        await this.#delay()
        const count = 1 + this.#random.below(records.length - at)
        yield records.slice(at, at + count)
        at += count
        // In the middle of a batch, sometimes, and with work in flight.
        if (this.#random.chance(0.03)) rebalance.abort()
        if (rebalance.signal.aborted) return
      }
  }

  async #delay(): Promise<void> {
    for (let turns = this.#random.below(4); turns > 0; turns -= 1) await setImmediate()
  }
}
