import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/**
 * The WebSocket engine of an edge (RFC 6455).
 *
 * - Order. Messages arrive in the order they were sent; so do those of `send`.
 * - Delivery. `send` hands over to the operating system or keeps in memory; nothing is promised.
 * - Limits. A message above `limits.frameBytesMax` closes with 1009, a broken frame with 1002, text
 *   that is not UTF-8 with 1007. There is no compression.
 * - Concurrency. Receivers are called one after another, never from within `send` or `close`.
 * - Errors. None is thrown: a broken connection ends with `closed`, exactly once.
 */
export interface EdgeServer {
  /** Takes over a connection that asked for a WebSocket. Not called back when that fails. */
  accept(upgrade: EdgeUpgrade, open: (socket: EdgeSocket) => EdgeReceiver): void
}

export interface EdgeUpgrade {
  readonly request: IncomingMessage
  readonly socket: Socket
  readonly head: Uint8Array
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
  /** The bytes belong to the receiver. */
  received(message: Uint8Array, isBinary: boolean): void
  /** A sign of life that is no message. */
  heard(): void
  /** Everything that waited has been taken, after `send` had to wait. */
  drained(): void
  /** The end: `code` as the peer said it, 1006 when it said nothing. */
  closed(code: number): void
}
