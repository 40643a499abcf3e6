interface ErrorFacts {
  readonly httpStatus: number
  /** 4000-4499: the client reconnects with backoff. 4500-4999: it does not. */
  readonly closeCode: number
  /** True when asking for the same again may help: later, or with a new token. */
  readonly retryable: boolean
}

/** Every error a service can answer with. The list is closed: a new code is a protocol change. */
export const errorFacts = {
  'bad-request': { httpStatus: 400, closeCode: 4500, retryable: false },
  /** No access token, or one that has expired: renew it and come back. */
  unauthenticated: { httpStatus: 401, closeCode: 4401, retryable: true },
  'bad-credentials': { httpStatus: 401, closeCode: 4511, retryable: false },
  /** The device was revoked, or the account is gone. */
  revoked: { httpStatus: 401, closeCode: 4501, retryable: false },
  /** Two copies of one device profile are running. */
  'device-copied': { httpStatus: 409, closeCode: 4502, retryable: false },
  'unsupported-version': { httpStatus: 426, closeCode: 4503, retryable: false },
  'not-allowed': { httpStatus: 403, closeCode: 4510, retryable: false },
  'not-found': { httpStatus: 404, closeCode: 4504, retryable: false },
  conflict: { httpStatus: 409, closeCode: 4509, retryable: false },
  'name-taken': { httpStatus: 409, closeCode: 4512, retryable: false },
  'weak-password': { httpStatus: 422, closeCode: 4513, retryable: false },
  'device-limit': { httpStatus: 409, closeCode: 4514, retryable: false },
  'too-large': { httpStatus: 413, closeCode: 4515, retryable: false },
  gone: { httpStatus: 410, closeCode: 4516, retryable: false },
  rate: { httpStatus: 429, closeCode: 4429, retryable: true },
  /** The client reads too slowly: it resynchronises after it has come back. */
  lagging: { httpStatus: 503, closeCode: 4008, retryable: true },
  /** Too many at once: admission, a full queue, too many sockets. */
  overloaded: { httpStatus: 503, closeCode: 4009, retryable: true },
  internal: { httpStatus: 500, closeCode: 4000, retryable: true },
  unavailable: { httpStatus: 503, closeCode: 4003, retryable: true },
  timeout: { httpStatus: 504, closeCode: 4004, retryable: true },
  /** A partition met something it must not decide. An operator looks before it goes on. */
  'partition-halted': { httpStatus: 503, closeCode: 4013, retryable: true },
} as const satisfies Record<string, ErrorFacts>

export type ErrorCode = keyof typeof errorFacts

/** An operating error: expected, named by a code, answered to whoever asked. */
export class ChatError extends Error {
  override readonly name = 'ChatError'
  readonly code: ErrorCode
  /** How long to wait before asking again, where that is known. */
  readonly retryAfterMs: number | undefined
  /** With `name-taken`: names that are free. */
  readonly suggestions: readonly string[] | undefined

  constructor(
    code: ErrorCode,
    message: string,
    { retryAfterMs, suggestions, ...options }: ChatErrorOptions = {},
  ) {
    super(message, options)
    this.code = code
    this.retryAfterMs = retryAfterMs
    this.suggestions = suggestions
  }
}

export interface ChatErrorOptions extends ErrorOptions {
  readonly retryAfterMs?: number
  readonly suggestions?: readonly string[]
}
