import type { Buffer } from 'node:buffer'
import {
  type ClientFrame,
  type CommandEnvelope,
  decodeServerFrames,
  encodeFrame,
  protocolVersion,
  type Ready,
  type ServerFrame,
  socketPath,
} from '@parley/protocol'
import { WebSocket } from 'ws'

export type FrameOf<Kind extends ServerFrame['kind']> = Extract<ServerFrame, { kind: Kind }>

const waitMs = 5_000

/** The server did not let the socket in. */
export class RefusedError extends Error {
  readonly status: number
  readonly retryAfter: string | undefined

  constructor(status: number, retryAfter: string | undefined) {
    super(`refused with ${status}`)
    this.status = status
    this.retryAfter = retryAfter
  }
}

/** A socket that speaks the protocol by hand. */
export class RawSocket implements AsyncDisposable {
  readonly #webSocket: WebSocket
  readonly #frames: ServerFrame[] = []
  readonly #waiting = new Set<() => void>()
  readonly #closed: Promise<number>
  #isClosed = false
  #isDeaf = false
  ready: Ready | undefined
  /** Every frame there was, for looking back. */
  readonly seen: ServerFrame[] = []

  private constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket
    webSocket.on('message', (data: Buffer) => {
      for (const frame of decodeServerFrames(new Uint8Array(data))) {
        this.#frames.push(frame)
        this.seen.push(frame)
      }
      for (const look of [...this.#waiting]) look()
    })
    const { promise, resolve } = Promise.withResolvers<number>()
    this.#closed = promise
    webSocket.on('error', () => {})
    webSocket.on('close', (code: number) => {
      this.#isClosed = true
      resolve(code)
      for (const look of [...this.#waiting]) look()
    })
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<RawSocket> {
    const address = `${url.replace('http', 'ws')}${socketPath}`
    const webSocket = new WebSocket(address, { autoPong: false, headers })
    const socket = new RawSocket(webSocket)
    webSocket.on('ping', (data: Buffer) => {
      if (!socket.#isDeaf) webSocket.pong(data)
    })
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    webSocket.once('open', () => resolve())
    webSocket.once('unexpected-response', (_, { statusCode, headers: answered }) =>
      reject(new RefusedError(statusCode ?? 0, answered['retry-after'])),
    )
    webSocket.once('error', reject)
    await promise
    return socket
  }

  /** Code of the end; rejects when it does not come. */
  get closed(): Promise<number> {
    const { promise, reject } = Promise.withResolvers<number>()
    const late = setTimeout(() => reject(new Error('the socket stays open')), waitMs)
    return Promise.race([this.#closed, promise]).finally(() => clearTimeout(late))
  }

  /** Answers nothing from now on, as a peer that has vanished. */
  deafen(): void {
    this.#isDeaf = true
  }

  /** Reads nothing until `resume`. */
  pause(): void {
    this.#webSocket.pause()
  }

  resume(): void {
    this.#webSocket.resume()
  }

  /** Says hello and waits for `ready`. */
  async hello(token: string): Promise<Ready> {
    this.send({ kind: 'hello', version: protocolVersion, token, client: 'raw/1' })
    this.ready = await this.next('ready')
    return this.ready
  }

  send(...frames: readonly ClientFrame[]): void {
    const parts = frames.map(encodeFrame)
    this.sendBytes(new Uint8Array(parts.flatMap((part) => [...part])))
  }

  sendBytes(bytes: Uint8Array | string): void {
    this.#webSocket.send(bytes)
  }

  command(envelope: CommandEnvelope): void {
    this.send({ kind: 'send', envelope })
  }

  /** The next frame of that kind that fits; the ones before it stay. */
  async next<Kind extends ServerFrame['kind']>(
    kind: Kind,
    fits: (frame: FrameOf<Kind>) => boolean = () => true,
  ): Promise<FrameOf<Kind>> {
    const { promise, resolve, reject } = Promise.withResolvers<FrameOf<Kind>>()
    const look = () => {
      const at = this.#frames.findIndex(
        (frame) => frame.kind === kind && fits(frame as FrameOf<Kind>),
      )
      if (at >= 0) {
        // Another message may come before whoever waits goes on.
        this.#waiting.delete(look)
        resolve(this.#frames.splice(at, 1)[0] as FrameOf<Kind>)
      } else if (this.#isClosed) reject(new Error(`closed before ${kind}`))
    }
    this.#waiting.add(look)
    const late = setTimeout(() => reject(new Error(`no ${kind} came`)), waitMs)
    look()
    try {
      return await promise
    } finally {
      clearTimeout(late)
      this.#waiting.delete(look)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#webSocket.terminate()
    await this.#closed
  }
}
