/**
 * The rows and the snapshots of one kind of state machine.
 *
 * - Atomicity. The rows of one `append` belong to one key and are stored all or not at all.
 * - Consistency. `load` returns every row whose `append` has resolved before, in any process.
 * - Idempotency. Appending a row again, or saving an older snapshot, changes nothing.
 * - Errors. `ChatError('unavailable')`. After it the outcome of a write is unknown; doing it again
 *   is right.
 */
export interface StateStore<State, Row> {
  load(key: string): Promise<Recovered<State, Row>>
  append(rows: readonly Row[]): Promise<void>
  saveSnapshot(key: string, state: State): Promise<void>
}

export interface Recovered<State, Row> {
  /** The newest snapshot, or the empty state. All that led to it is done. */
  readonly snapshot: State
  /** Every row above the snapshot, oldest first. */
  readonly rows: readonly Row[]
}
