import type { LogPartition, LogRecord, NewLogRecord } from '@parley/engines'
import { ChatError } from '@parley/protocol'
import type { SimulatedProcess, SimulatedWorld } from '@parley/testing'
import type { EventSink } from '../../src/state-machine/event-sink.ts'
import { PartitionOwner } from '../../src/state-machine/partition-owner.ts'
import type { StateMachine } from '../../src/state-machine/state-machine.ts'
import type { StateStore } from '../../src/state-machine/state-store.ts'

/** The parts of a write path, as the product makes them or with one rule broken on purpose. */
export interface Parts<State, Row, Event> {
  readonly machine: StateMachine<State, Row, Event>
  readonly store: StateStore<State, Row>
  readonly sink: EventSink<Event>
}

export interface Tally {
  ownerChanges: number
  crashes: number
  zombies: number
}

export interface SimulatedPartitionOptions<State, Row, Event> {
  readonly world: SimulatedWorld
  readonly tally: Tally
  /** Made anew for each owner, so that what an owner keeps in memory dies with it. */
  readonly partsFor: (process: SimulatedProcess) => Parts<State, Row, Event>
  readonly sabotage?: ((log: LogPartition) => LogPartition) | undefined
}

/** One partition of a topic, and owners of it that come, go, and do not notice that they went. */
export class SimulatedPartition<State, Row, Event> {
  readonly #options: SimulatedPartitionOptions<State, Row, Event>
  readonly #records: LogRecord[] = []
  #committed = 0
  #owners: SimulatedProcess[] = []

  constructor(options: SimulatedPartitionOptions<State, Row, Event>) {
    this.#options = options
    this.#startOwner()
  }

  produce({ key, value, rules }: NewLogRecord): void {
    const offset = this.#records.length
    const timestampMs = 1_000_000 + offset + this.#options.world.random.below(50)
    this.#records.push({ key, value, rules, position: { generation: 1, offset }, timestampMs })
  }

  /** A new owner starts. The one before dies, or goes on, believing that nothing has changed. */
  takeOver({ oldOwner }: { readonly oldOwner: 'dies' | 'lives on' }): void {
    const { tally } = this.#options
    if (oldOwner === 'dies') this.#kill(this.#owners.at(-1))
    tally.ownerChanges += 1
    tally[oldOwner === 'dies' ? 'crashes' : 'zombies'] += 1
    this.#startOwner()
  }

  endZombies(): void {
    for (const zombie of this.#owners.slice(0, -1)) this.#kill(zombie)
  }

  #kill(process: SimulatedProcess | undefined): void {
    if (process !== undefined) process.isAlive = false
    this.#owners = this.#owners.filter((owner) => owner !== process)
  }

  #startOwner(): void {
    const { world, partsFor, sabotage, tally } = this.#options
    const process = { isAlive: true }
    this.#owners.push(process)
    const partition = this.#partitionFor(process)
    const owner = new PartitionOwner({
      log: sabotage?.(partition) ?? partition,
      ...partsFor(process),
      rowsBetweenSnapshots: 1 + world.random.below(4),
    })
    owner.run(new AbortController().signal).catch(() => {
      const wasNewest = process === this.#owners.at(-1)
      this.#kill(process)
      tally.crashes += 1
      if (wasNewest) this.#startOwner()
    })
  }

  #partitionFor(process: SimulatedProcess): LogPartition {
    const { world } = this.#options
    const records = this.#records
    const owners = () => this.#owners
    const commit = (offset: number) => {
      this.#committed = Math.max(this.#committed, offset)
    }
    let next = this.#committed
    return {
      index: 0,
      async *read() {
        for (;;) {
          await world.until(process, () => records.length > next)
          const batch = records.slice(next, next + 1 + world.random.below(4))
          next += batch.length
          if (batch.length > 0) yield batch
        }
      },
      commit: (offset) =>
        world.call(process, async () => {
          if (process === owners().at(-1)) commit(offset)
          else if (world.random.chance(0.2)) throw new ChatError('conflict', 'there is a new owner')
        }),
    }
  }
}
