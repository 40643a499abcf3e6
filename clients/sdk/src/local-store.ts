/**
 * What this device keeps: rows of bytes under text keys, in a few tables. It is the only truth of
 * the device: messages it has read, its encryption state, what waits to be sent.
 *
 * - Order.        Keys compare by UTF-16 code units.
 * - Durability.   `write` has resolved: all of it survives the end of the program; otherwise none.
 * - Consistency.  A read sees every write that has resolved before it was asked.
 * - Concurrency.  Calls may overlap; writes take effect in the order of the calls. One program at a
 *                 time: opening a store that is in use fails with `storage`.
 * - Errors.       `ParleyError` `storage`. Afterwards the caller reads again what is there.
 * - Caller's duty. Keys of at most 512 characters, values of at most 4 MiB, `limit` at most 10,000.
 */
export interface LocalStore extends AsyncDisposable {
  get(table: Table, key: string): Promise<Uint8Array | undefined>
  /** Rows with `from <= key < to`. */
  range(table: Table, query: RangeQuery): Promise<readonly Row[]>
  /** All or nothing. Several operations on one key take effect in their order. */
  write(operations: readonly Operation[]): Promise<void>
  /** Empties every table, in one step. */
  clear(): Promise<void>
}

export const tables = [
  /** Account, device, cursor: one row each. */
  'state',
  /** Entries of the MLS engine. */
  'mls',
  'conversations',
  'messages',
  'outbox',
  'people',
  'marks',
  'drafts',
] as const

export type Table = (typeof tables)[number]

export interface RangeQuery {
  readonly from?: string
  readonly to?: string
  readonly limit: number
  readonly order?: 'ascending' | 'descending'
}

export interface Row {
  readonly key: string
  readonly value: Uint8Array
}

export type Operation =
  | {
      readonly kind: 'put'
      readonly table: Table
      readonly key: string
      readonly value: Uint8Array
    }
  | { readonly kind: 'delete'; readonly table: Table; readonly key: string }
