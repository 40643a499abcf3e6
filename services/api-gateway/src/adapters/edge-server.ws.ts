import { Buffer } from 'node:buffer'
import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout } from 'node:timers'
import { type ChatError, errorFacts, limits } from '@parley/protocol'
import { errorBodyOf } from '@parley/runtime'
import { WebSocket, WebSocketServer } from 'ws'
import type { EdgeDoor, EdgeReceiver, EdgeSocket } from '../edge/edge-server.ts'

const binaryMessage = 0x82
/** Time of a peer that was refused to read why. */
const refusalMs = 1_000

/** What `ws` makes, and the socket it belongs to: listeners are shared, for memory. */
class HeldWebSocket extends WebSocket {
  edge: WsEdgeSocket | undefined
}

/** The types of `ws` do not know all of them. */
const settings = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: limits.frameBytesMax,
  allowSynchronousEvents: true,
  autoPong: false,
  WebSocket: HeldWebSocket,
}

const newServer = (closeMs: number) => {
  const timed = { ...settings, closeTimeout: closeMs }
  return new WebSocketServer(timed)
}

/** The edge on the `ws` package. Its defaults allow 100 MiB a message; ours are the protocol's. */
export class WsEdgeServer {
  readonly #server: ReturnType<typeof newServer>
  readonly #door: EdgeDoor

  /** `closeMs`: how long a peer may take to answer a close. */
  constructor(door: EdgeDoor, closeMs = 5_000) {
    this.#server = newServer(closeMs)
    this.#door = door
  }

  /** Takes over a connection of the HTTP server that asked for a WebSocket. */
  upgrade(request: IncomingMessage, socket: Socket, head: Uint8Array): void {
    const { url = '', headers } = request
    const { origin, host } = headers
    const address = socket.remoteAddress ?? 'unknown'
    const entry = this.#door({ url, origin, host, address })
    if (typeof entry !== 'function') return refuse(socket, entry)
    this.#server.handleUpgrade(request, socket, Buffer.from(head), (webSocket) => {
      const edge = new WsEdgeSocket(webSocket, socket)
      edge.receiver = entry(edge)
    })
  }
}

function refuse(socket: Socket, error: ChatError): void {
  const { httpStatus } = errorFacts[error.code]
  const body = JSON.stringify(errorBodyOf(error))
  const { retryAfterMs } = error
  const lines = [
    `HTTP/1.1 ${httpStatus} ${STATUS_CODES[httpStatus]}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'X-Content-Type-Options: nosniff',
    'Cache-Control: no-store',
    'Connection: close',
    ...(retryAfterMs === undefined ? [] : [`Retry-After: ${Math.ceil(retryAfterMs / 1_000)}`]),
  ]
  socket.on('error', () => {})
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`)
  // A peer that keeps its half open would keep the connection.
  setTimeout(() => socket.destroy(), refusalMs).unref()
  socket.resume()
}

class WsEdgeSocket implements EdgeSocket {
  readonly #webSocket: HeldWebSocket
  readonly #socket: Socket
  receiver: EdgeReceiver | undefined
  #isWaiting = false

  constructor(webSocket: HeldWebSocket, socket: Socket) {
    this.#webSocket = webSocket
    this.#socket = socket
    webSocket.edge = this
    webSocket.on('message', onMessage)
    webSocket.on('ping', onPing)
    webSocket.on('pong', onPong)
    webSocket.on('close', onClose)
    webSocket.on('error', onError)
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength
  }

  /** `ws` writes head and payload apart; this is one write, which is most of the cost. */
  send(parts: readonly Uint8Array[]): void {
    if (this.#webSocket.readyState !== WebSocket.OPEN) return
    if (this.#socket.write(frameOf(parts)) || this.#isWaiting) return
    this.#isWaiting = true
    this.#socket.once('drain', () => {
      this.#isWaiting = false
      this.receiver?.drained()
    })
  }

  ping(): void {
    this.#webSocket.ping()
  }

  pong(data: Buffer): void {
    // Who pings without reading gets no more answers.
    if (this.bufferedBytes < limits.frameBytesMax) this.#webSocket.pong(data)
  }

  close(code: number, reason: string): void {
    this.#webSocket.close(code, reason)
  }

  terminate(): void {
    this.#webSocket.terminate()
  }
}

/** A whole binary message of a server (RFC 6455, section 5.2). */
function frameOf(parts: readonly Uint8Array[]): Buffer {
  let length = 0
  for (const part of parts) length += part.length
  const headBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(headBytes + length)
  frame[0] = binaryMessage
  if (headBytes === 2) frame[1] = length
  else if (headBytes === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeUInt32BE(0, 2)
    frame.writeUInt32BE(length, 6)
  }
  let at = headBytes
  for (const part of parts) {
    frame.set(part, at)
    at += part.length
  }
  return frame
}

function onMessage(this: WebSocket, data: unknown, isBinary: boolean): void {
  // With the default `binaryType` it is one buffer.
  edgeOf(this)?.receiver?.received(data as Uint8Array, isBinary)
}

function onPing(this: WebSocket, data: Buffer): void {
  edgeOf(this)?.pong(data)
  edgeOf(this)?.receiver?.heard()
}

function onPong(this: WebSocket): void {
  edgeOf(this)?.receiver?.heard()
}

function onClose(this: WebSocket, code: number): void {
  const edge = edgeOf(this)
  const receiver = edge?.receiver
  if (edge !== undefined) edge.receiver = undefined
  receiver?.closed(code)
}

/** `close` follows, with the code that `ws` has sent. */
function onError(): void {}

const edgeOf = (webSocket: WebSocket) => (webSocket as HeldWebSocket).edge
