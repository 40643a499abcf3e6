import type { MlsModule } from '@parley/e2ee'

/** What the SDK needs from where it runs; `browserPlatform` and `nodePlatform` make one. */
export interface Platform {
  readonly fetch: (request: Request) => Promise<Response>
  /** Opens a socket for binary messages. Throws nothing: a failure is its `close`. */
  readonly openSocket: (url: string, events: SocketEvents) => Socket
  readonly clock: Clock
  readonly random: Random
  /** Loads the encryption engine; called once, when it is needed first. */
  readonly loadMls: () => Promise<MlsModule>
  /** Where the refresh token lives: in a cookie that programs cannot read, or in the store. */
  readonly credentials: 'cookie' | 'body'
  readonly kind: 'web' | 'node' | 'other'
  /** True only when it is certain that there is no network at all. */
  readonly isNetworkDown?: () => boolean
}

export interface Socket {
  send(bytes: Uint8Array): void
  close(): void
}

export interface SocketEvents {
  readonly open: () => void
  readonly message: (bytes: Uint8Array) => void
  /** Once, last. `code` is 1006 when nothing was said. */
  readonly close: (code: number, reason: string) => void
}

/** Time, and waiting for it. */
export interface Clock {
  /** Milliseconds since 1970. May jump. */
  nowMs(): number
  /** Calls `act` once, not before `delayMs` has passed; disposing cancels it. */
  after(delayMs: number, act: () => void): Disposable
}

export interface Random {
  /** Cryptographically strong. */
  bytes(length: number): Uint8Array
  /** From 0 up to but not including 1; not for secrets. */
  fraction(): number
}
