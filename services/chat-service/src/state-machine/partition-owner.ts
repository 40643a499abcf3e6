import type { LogPartition, LogRecord } from '@parley/engines'
import { limits } from '@parley/protocol'
import { Lane, type LaneDependencies } from './lane.ts'
import { OffsetWindow } from './offset-window.ts'

export interface PartitionOwnerOptions<State, Row, Event>
  extends LaneDependencies<State, Row, Event> {
  readonly log: LogPartition
}

/**
 * Reads one partition and does what its records lead to: keys side by side, each key in order.
 *
 * There is one way to recover from anything: end, and be started again. The next owner, here or
 * elsewhere, finds the committed offset, the rows and the snapshots, and goes on from there.
 */
export class PartitionOwner<State, Row, Event> {
  readonly #dependencies: LaneDependencies<State, Row, Event>
  readonly #log: LogPartition
  /** By last use, longest ago first. */
  readonly #lanes = new Map<string, Lane<State, Row, Event>>()
  readonly #window = new OffsetWindow()
  #inFlight = 0
  #wake: (() => void) | undefined
  readonly #failure = new AbortController()
  #committed = 0
  #isCommitting = false

  constructor({ log, ...dependencies }: PartitionOwnerOptions<State, Row, Event>) {
    this.#log = log
    this.#dependencies = dependencies
  }

  /**
   * Resolves after the signal was aborted and everything in flight is done and committed. Rejects
   * with the first error; the caller starts a new owner, unless the code is `partition-halted`.
   */
  async run(signal: AbortSignal): Promise<void> {
    const stop = AbortSignal.any([signal, this.#failure.signal])
    for await (const records of this.#log.read(stop)) {
      for (const record of records) this.#start(record)
      while (this.#inFlight >= limits.recordsInFlight && !stop.aborted) await this.#progress()
      if (stop.aborted) break
    }
    while (this.#inFlight > 0) await this.#progress()
    this.#failure.signal.throwIfAborted()
  }

  #start(record: LogRecord): void {
    this.#window.start(record.position.offset)
    this.#inFlight += 1
    this.#laneOf(record.key)
      .advance(record)
      .then(
        () => this.#window.finish(record.position.offset),
        (error: unknown) => this.#failure.abort(error),
      )
      .then(() => {
        this.#inFlight -= 1
        this.#wake?.()
        return this.#commit()
      })
      .catch((error: unknown) => this.#failure.abort(error))
  }

  #progress(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  /** One commit at a time; what is done meanwhile goes with the next one. */
  async #commit(): Promise<void> {
    if (this.#isCommitting) return
    this.#isCommitting = true
    while (this.#window.done > this.#committed && !this.#failure.signal.aborted) {
      const offset = this.#window.done
      await this.#log.commit(offset)
      this.#committed = offset
    }
    this.#isCommitting = false
  }

  #laneOf(key: string): Lane<State, Row, Event> {
    const lane = this.#lanes.get(key) ?? new Lane(key, this.#dependencies)
    this.#lanes.delete(key)
    this.#lanes.set(key, lane)
    if (this.#lanes.size > limits.lanesLoaded) this.#evictOne()
    return lane
  }

  #evictOne(): void {
    for (const [key, lane] of this.#lanes)
      if (lane.isIdle) {
        this.#lanes.delete(key)
        return
      }
  }
}
