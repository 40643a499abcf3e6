import type { ChatError } from '@parley/protocol'

/**
 * The WebSocket engine of an edge (RFC 6455). An adapter is made with a door; how connections come to
 * it is its own affair: one is handed upgrades by the HTTP server, another listens by itself.
 *
 * - Order. Messages arrive in the order they were sent; so do those of `send`.
 * - Delivery. `send` hands over to the operating system or keeps in memory; nothing is promised.
 * - Limits. A message above `limits.frameBytesMax` closes with 1009 before it is in memory, a broken
 *   frame with 1002, text that is not UTF-8 with 1007. There is no compression.
 * - Refusals. Whoever the door refuses gets the status of the code and the error as JSON, and the
 *   connection ends, whatever the peer does.
 * - Concurrency. Receivers are called one after another, never from within `send` or `close`.
 * - Errors. None is thrown: a broken connection ends with `closed`, exactly once.
 */
export type EdgeDoor = (visitor: EdgeVisitor) => ChatError | EdgeEntry

/** Makes the receiver of a socket that was let in. Not called when the handshake fails. */
export type EdgeEntry = (socket: EdgeSocket) => EdgeReceiver

/** Whoever asks for a WebSocket. */
export interface EdgeVisitor {
  /** Path and query as they were sent. */
  readonly url: string
  readonly origin: string | undefined
  readonly host: string | undefined
  /** Of the nearest peer. */
  readonly address: string
}

export interface EdgeSocket {
  /** What waits in this process for the peer to read. */
  readonly bufferedBytes: number
  /** One binary message made of parts; one write. Does nothing after the end. */
  send(parts: readonly Uint8Array[]): void
  /** Asks whether the peer is there; the answer is `heard`. */
  ping(): void
  /** Starts the closing handshake; forced after some seconds. */
  close(code: number, reason: string): void
  /** Ends the connection at once. */
  terminate(): void
}

/** Whoever is behind a socket. */
export interface EdgeReceiver {
  /** The bytes are the receiver's, but may be a part of more: whoever keeps them copies. */
  received(message: Uint8Array, isBinary: boolean): void
  /** A sign of life that is no message. */
  heard(): void
  /** Everything that waited has been taken, after `send` had to wait. */
  drained(): void
  /** The end: `code` as the peer said it, 1005 without a code, 1006 when it said nothing. */
  closed(code: number): void
}
