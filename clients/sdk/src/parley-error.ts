import type { ErrorCode, RejectReason } from '@parley/protocol'

/** What goes wrong on this side. */
export type LocalErrorCode =
  /** The server was not reached. What was asked may or may not have happened. */
  | 'offline'
  /** A call that needs an account. */
  | 'signed-out'
  /** A device that waits for approval cannot do it. */
  | 'device-pending'
  | 'bad-name'
  /** The other person has no device that could be reached with encryption. */
  | 'no-device'
  /** The account key of a person is another one than before. */
  | 'key-changed'
  /** The local store refused: full, blocked, or used by another program. */
  | 'storage'
  /** The server said something that it must not say. */
  | 'broken-server'
  | 'closed'

export type ParleyErrorCode = ErrorCode | RejectReason | LocalErrorCode

/** The only error that calls of the SDK are rejected with. */
export class ParleyError extends Error {
  override readonly name = 'ParleyError'
  readonly code: ParleyErrorCode
  readonly retryAfterMs: number | undefined
  /** With `name-taken`: names that are free. */
  readonly suggestions: readonly string[]

  constructor(
    code: ParleyErrorCode,
    message: string = code,
    { retryAfterMs, suggestions = [], ...options }: ParleyErrorOptions = {},
  ) {
    super(message, options)
    this.code = code
    this.retryAfterMs = retryAfterMs
    this.suggestions = suggestions
  }
}

export interface ParleyErrorOptions extends ErrorOptions {
  readonly retryAfterMs?: number | undefined
  readonly suggestions?: readonly string[] | undefined
}
