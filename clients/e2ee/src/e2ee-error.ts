/**
 * Who is at fault, and what to do about it. The list is closed.
 *
 * - Of a peer or the server, from bytes that came in; nothing has changed:
 *   `malformed` cannot be parsed; `too-large`; `rejected` is not authentic, a replay, or of keys that
 *   are gone; `bad-commit`, `bad-welcome`, `bad-key-package` parse but break a rule of ours.
 * - Of the caller: `no-group`, `no-welcome`, `nothing-staged` name what is not there;
 *   `pending-commit` must be merged or cleared first; `inactive` this device is no longer a member;
 *   `group-exists`; `group-full`; `bad-input` is a value outside its range.
 * - Of the engine: `storage` the entries are damaged; `engine` it has failed. Dispose the device and
 *   open it again from the stored entries.
 */
export type E2eeErrorCode =
  | 'malformed'
  | 'too-large'
  | 'rejected'
  | 'bad-commit'
  | 'bad-welcome'
  | 'bad-key-package'
  | 'no-group'
  | 'no-welcome'
  | 'nothing-staged'
  | 'pending-commit'
  | 'inactive'
  | 'group-exists'
  | 'group-full'
  | 'bad-input'
  | 'storage'
  | 'engine'

export class E2eeError extends Error {
  readonly code: E2eeErrorCode

  constructor(code: E2eeErrorCode, message: string, options?: { cause: unknown }) {
    super(message, options)
    this.name = 'E2eeError'
    this.code = code
  }

  /** Whether the device must be disposed and opened again from its stored entries. */
  get isFatal(): boolean {
    return this.code === 'engine' || this.code === 'storage'
  }
}
