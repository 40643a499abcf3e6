import type { LogRecord } from '@parley/engines'
import type { LogPosition } from '@parley/protocol'

/**
 * A deterministic state machine over the records of one key. Everything in it is pure: the same
 * state and record give the same step on every machine and in every version.
 */
export interface StateMachine<State, Row, Event> {
  /**
   * Pure. When it throws, the record is poison: it changes nothing, and `poisoned` says what to
   * publish instead. Only `ChatError('partition-halted')` is passed on; it stops the partition.
   */
  decide(state: State, record: LogRecord): Step<State, Row, Event>

  /** The state with one more stored row. Pure, and the same change that `decide` made. */
  evolve(state: State, row: Row): State

  /** The record that led to the newest row in this state. */
  positionOf(state: State): LogPosition

  /** What tells two rows apart that claim to come from one record. */
  identify(row: Row): string

  /** Pure. What to publish for a record that could not be decided. */
  poisoned(state: State, record: LogRecord): readonly Event[]
}

export interface Step<State, Row, Event> {
  readonly state: State
  readonly effects: {
    /** Undefined when the record changed nothing. */
    readonly store: Row | undefined
    readonly publish: readonly Event[]
  }
}
