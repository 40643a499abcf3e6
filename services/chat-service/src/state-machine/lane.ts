import type { LogRecord } from '@parley/engines'
import { assert, ChatError, comparePositions, type LogPosition, limits } from '@parley/protocol'
import type { EventSink } from './event-sink.ts'
import type { StateMachine, Step } from './state-machine.ts'
import type { StateStore } from './state-store.ts'

export interface LaneDependencies<State, Row, Event> {
  readonly machine: StateMachine<State, Row, Event>
  readonly store: StateStore<State, Row>
  readonly sink: EventSink<Event>
  /** `limits.rowsBetweenSnapshots` unless a test wants another one. */
  readonly rowsBetweenSnapshots?: number
}

/** The state as one row has left it. */
interface Moment<State, Row> {
  readonly state: State
  /** Undefined when the state came from a snapshot. */
  readonly row: Row | undefined
}

/**
 * The work on one key. Records that wait are decided one after another and take effect together:
 * one write of all their rows, then one publication of all their events, then the next ones.
 */
export class Lane<State, Row, Event> {
  readonly #key: string
  readonly #machine: StateMachine<State, Row, Event>
  readonly #store: StateStore<State, Row>
  readonly #sink: EventSink<Event>
  readonly #rowsBetweenSnapshots: number
  /**
   * Oldest first. All that led to the first one is done. The ones after it were stored by an
   * earlier owner, whose events may be missing: their records are on the way again.
   */
  #moments: Moment<State, Row>[] = []
  #isLoaded = false
  #rowsSinceSnapshot = 0
  #waiting: LogRecord[] = []
  #work: Promise<void> | undefined

  constructor(key: string, dependencies: LaneDependencies<State, Row, Event>) {
    this.#key = key
    this.#machine = dependencies.machine
    this.#store = dependencies.store
    this.#sink = dependencies.sink
    this.#rowsBetweenSnapshots = dependencies.rowsBetweenSnapshots ?? limits.rowsBetweenSnapshots
  }

  get isIdle(): boolean {
    return this.#work === undefined
  }

  /**
   * Resolves when everything that waits has been done. After an error the lane does nothing any
   * more: whatever comes next would be decided against a state that never came to be.
   */
  advance(record: LogRecord): Promise<void> {
    this.#waiting.push(record)
    this.#work ??= this.#run()
    return this.#work
  }

  async #run(): Promise<void> {
    // What arrives in this turn of the event loop goes into the first batch.
    await undefined
    if (!this.#isLoaded) await this.#load()
    while (this.#waiting.length > 0) {
      const records = this.#waiting
      this.#waiting = []
      await this.#apply(records)
    }
    this.#work = undefined
  }

  async #load(): Promise<void> {
    const { snapshot, rows } = await this.#store.load(this.#key)
    this.#moments = [{ state: snapshot, row: undefined }]
    for (const row of rows) this.#moments.push({ state: this.#evolve(row), row })
    // The newest row may have reached too few replicas to be seen by every reader.
    const newest = rows.at(-1)
    if (newest !== undefined) await this.#store.append([newest])
    this.#isLoaded = true
  }

  async #apply(records: readonly LogRecord[]): Promise<void> {
    const rows: Row[] = []
    const events: Event[] = []
    for (const record of records) {
      const index = this.#moments.findLastIndex((moment) => this.#compare(moment, record) < 0)
      const before = this.#moments[index]
      if (before === undefined) continue // Covered by the snapshot, hence done.
      const { state, effects } = this.#decide(before.state, record)
      const after = this.#moments[index + 1]
      if (after !== undefined) this.#expectSameRow(after, record, effects.store)
      else if (effects.store !== undefined) this.#moments.push({ state, row: effects.store })
      if (effects.store !== undefined) rows.push(effects.store)
      events.push(...effects.publish)
    }
    if (rows.length > 0) await this.#store.append(rows)
    if (events.length > 0) await this.#sink.publish(events)
    const last = records.at(-1)
    if (last !== undefined) await this.#settle(last.position)
  }

  /** Forgets the moments that no record can ask for any more; the oldest one left is all done. */
  async #settle(done: LogPosition): Promise<void> {
    const oldest = this.#moments.findLastIndex(
      ({ state }) => comparePositions(this.#machine.positionOf(state), done) <= 0,
    )
    if (oldest < 0) return
    this.#moments.splice(0, oldest)
    this.#rowsSinceSnapshot += oldest
    const [moment] = this.#moments
    if (moment === undefined || this.#rowsSinceSnapshot < this.#rowsBetweenSnapshots) return
    await this.#store.saveSnapshot(this.#key, moment.state)
    this.#rowsSinceSnapshot = 0
  }

  #decide(state: State, record: LogRecord): Step<State, Row, Event> {
    try {
      return this.#machine.decide(state, record)
    } catch (error) {
      if (error instanceof ChatError && error.code === 'partition-halted') throw error
      const publish = this.#machine.poisoned(state, record)
      return { state, effects: { store: undefined, publish } }
    }
  }

  /** Otherwise the log, or the rows, are no longer those that this record was first decided on. */
  #expectSameRow(after: Moment<State, Row>, record: LogRecord, row: Row | undefined): void {
    const stored = this.#compare(after, record) === 0 ? after.row : undefined
    const before = stored && this.#machine.identify(stored)
    const now = row && this.#machine.identify(row)
    if (before === now) return
    const place = `record ${record.position.generation}/${record.position.offset} of ${this.#key}`
    throw new ChatError('partition-halted', `${place} led to ${before} before, now to ${now}`)
  }

  #evolve(row: Row): State {
    const newest = this.#moments.at(-1)
    assert(newest !== undefined, 'there is always a moment')
    return this.#machine.evolve(newest.state, row)
  }

  #compare({ state }: Moment<State, Row>, { position }: LogRecord): number {
    return comparePositions(this.#machine.positionOf(state), position)
  }
}
