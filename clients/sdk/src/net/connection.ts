import {
  type ClientFrame,
  decodeServerFrames,
  encodeFrame,
  limits,
  protocolVersion,
  type Ready,
  type ServerFrame,
  socketPath,
} from '@parley/protocol'
import { ParleyError } from '../parley-error.ts'
import type { Platform, Socket } from '../platform.ts'
import type { ConnectionState } from '../views.ts'
import type { Session } from './session.ts'

export interface ConnectionOptions {
  readonly url: string
  readonly platform: Platform
  readonly session: Session
  readonly clientName: string
  /** The newest place in the user log that this device has. */
  readonly pts: () => number
  /** Before each try: what must be there first, such as keys. */
  readonly prepare: () => Promise<void>
  readonly onReady: (ready: Ready) => void
  readonly onFrame: (frame: ServerFrame) => void
  /** After `onReady`, once. */
  readonly onLost: () => void
  readonly onState: () => void
  readonly onEnded: (reason: 'revoked' | 'copied') => void
}

const spreadMsDefault = 1_000
const waitMsMax = 120_000
/** Of the server, from the opening of the socket to `ready`. */
const readyMs = 10_000

/** What the socket is good for, or why there is none. */
type Phase =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'waiting'; readonly untilMs: number }
  | { readonly kind: 'ended'; readonly state: ConnectionState }

/**
 * The one socket of this device, and the way back to it: it waits a random time, within what the
 * server has named and doubling from try to try, so that many devices do not return at once.
 */
export class Connection {
  readonly #options: ConnectionOptions
  #phase: Phase = { kind: 'idle' }
  #socket: Socket | undefined
  /** Tells answers of an old socket from those of the current one. */
  #turn = 0
  #tries = 0
  #spreadMs = spreadMsDefault
  #isBusy = false
  #timer: Disposable | undefined
  #heartbeat: Disposable | undefined
  #renewal: Disposable | undefined
  #heartbeatMs: number = limits.heartbeatMs
  #heardMs = 0
  #outgoing: Uint8Array[] = []
  #isFlushing = false

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  get isReady(): boolean {
    return this.#phase.kind === 'ready'
  }

  get nextTryAtMs(): number | undefined {
    return this.#phase.kind === 'waiting' ? this.#phase.untilMs : undefined
  }

  get state(): ConnectionState {
    switch (this.#phase.kind) {
      case 'ready':
        return 'online'
      case 'ended':
        return this.#phase.state
      case 'idle':
        return 'offline'
      default:
        return this.#stateOnTheWay()
    }
  }

  start(): void {
    if (this.#phase.kind === 'idle' || this.#phase.kind === 'ended') this.#connect()
  }

  stop(): void {
    this.#drop()
    this.#tries = 0
    this.#isBusy = false
    this.#enter({ kind: 'idle' })
  }

  tryNow(): void {
    if (this.#phase.kind === 'waiting') this.#connect()
  }

  /** False when there is no socket: nothing is kept here. */
  send(frame: ClientFrame): boolean {
    return this.sendBytes(encodeFrame(frame))
  }

  /** An encoded frame. What is sent within one turn of the event loop leaves together. */
  sendBytes(bytes: Uint8Array): boolean {
    if (!this.isReady) return false
    this.#outgoing.push(bytes)
    if (this.#isFlushing) return true
    this.#isFlushing = true
    Promise.resolve().then(() => this.#flush())
    return true
  }

  /** The data of this socket cannot be trusted, or it is of no use: another one. */
  restart(): void {
    if (this.#phase.kind !== 'ready' && this.#phase.kind !== 'connecting') return
    this.#fail({ isBusy: false })
  }

  #stateOnTheWay(): ConnectionState {
    if (this.#isBusy) return 'busy'
    if (this.#tries < 2) return 'connecting'
    return this.#options.platform.isNetworkDown?.() === true ? 'offline' : 'unreachable'
  }

  #enter(phase: Phase): void {
    this.#phase = phase
    this.#options.onState()
  }

  #connect(): void {
    this.#drop()
    this.#turn += 1
    const turn = this.#turn
    this.#enter({ kind: 'connecting' })
    this.#open(turn).catch((error: unknown) => {
      if (turn !== this.#turn) return
      if (error instanceof ParleyError && error.code === 'signed-out') return this.stop()
      const isBusy =
        error instanceof ParleyError && (error.code === 'rate' || error.code === 'overloaded')
      const afterMs = error instanceof ParleyError ? error.retryAfterMs : undefined
      this.#fail(afterMs === undefined ? { isBusy } : { isBusy, afterMs })
    })
  }

  async #open(turn: number): Promise<void> {
    const { url, platform, session, clientName, prepare } = this.#options
    await prepare()
    const token = await session.token()
    if (turn !== this.#turn) return
    const target = new URL(socketPath, url)
    target.protocol = target.protocol === 'https:' ? 'wss:' : 'ws:'
    const socket = platform.openSocket(target.href, {
      open: () => {
        if (turn !== this.#turn) return
        const hello = {
          kind: 'hello',
          version: protocolVersion,
          token,
          client: clientName,
        } as const
        socket.send(encodeFrame(hello))
      },
      message: (bytes) => {
        if (turn === this.#turn) this.#receive(bytes)
      },
      close: (code) => {
        if (turn === this.#turn) this.#closed(code)
      },
    })
    this.#socket = socket
    this.#timer = platform.clock.after(readyMs, () => this.#fail({ isBusy: false }))
  }

  #receive(bytes: Uint8Array): void {
    this.#heardMs = this.#options.platform.clock.nowMs()
    let frames: readonly ServerFrame[]
    try {
      frames = decodeServerFrames(bytes)
    } catch {
      return this.#fail({ isBusy: false })
    }
    const turn = this.#turn
    for (const frame of frames) {
      if (turn !== this.#turn) return
      if (frame.kind === 'ready') this.#ready(frame)
      else if (frame.kind === 'go-away') this.#fail({ isBusy: false, afterMs: frame.returnAfterMs })
      else if (frame.kind === 'error' && frame.code === 'unauthenticated') this.#refused()
      else this.#options.onFrame(frame)
    }
  }

  #ready(ready: Ready): void {
    this.#spreadMs = ready.reconnectSpreadMs || spreadMsDefault
    this.#heartbeatMs = ready.heartbeatMs || limits.heartbeatMs
    this.#scheduleRenewal()
    // After a renewal of the token it comes again.
    if (this.#phase.kind === 'ready') return
    this.#timer?.[Symbol.dispose]()
    this.#tries = 0
    this.#isBusy = false
    this.#phase = { kind: 'ready' }
    this.#beat()
    this.#options.onReady(ready)
    this.#options.onState()
  }

  /** Both ways, so that a dead socket is noticed within two beats. */
  #beat(): void {
    const { clock } = this.#options.platform
    this.#heartbeat = clock.after(this.#heartbeatMs, () => {
      if (clock.nowMs() - this.#heardMs > 2 * this.#heartbeatMs + 5_000)
        return this.#fail({ isBusy: false })
      this.send({ kind: 'heartbeat', pts: this.#options.pts() })
      this.#beat()
    })
  }

  #scheduleRenewal(): void {
    const { platform, session, clientName } = this.#options
    this.#renewal?.[Symbol.dispose]()
    const turn = this.#turn
    const delayMs = Math.max(1_000, session.renewAtMs - platform.clock.nowMs())
    this.#renewal = platform.clock.after(delayMs, () => {
      session.token().then(
        (token) => {
          if (turn !== this.#turn) return
          this.send({ kind: 'hello', version: protocolVersion, token, client: clientName })
          this.#scheduleRenewal()
        },
        // The server closes when it is too late; then the way back asks again.
        () => {
          if (turn === this.#turn) this.#scheduleRenewal()
        },
      )
    })
  }

  #refused(): void {
    this.#options.session.forgetToken()
  }

  #closed(code: number): void {
    switch (code) {
      case 4401:
        this.#options.session.forgetToken()
        return this.#fail({ isBusy: false })
      case 4501:
        this.#end('signed-out')
        return this.#options.onEnded('revoked')
      case 4502:
        this.#end('copied')
        return this.#options.onEnded('copied')
      case 4503:
        return this.#end('update-needed')
      case 4008:
      case 4009:
      case 4429:
      case 1013:
        return this.#fail({ isBusy: true })
      default:
        // A protocol fault does not go away by itself: seldom is often enough.
        return this.#fail(code >= 4500 ? { isBusy: false, afterMs: waitMsMax } : { isBusy: false })
    }
  }

  /** For good: the device was copied, revoked, or is too old. */
  end(state: ConnectionState): void {
    this.#end(state)
  }

  #end(state: ConnectionState): void {
    this.#drop()
    this.#enter({ kind: 'ended', state })
  }

  #fail({ isBusy, afterMs }: { readonly isBusy: boolean; readonly afterMs?: number }): void {
    const { clock, random } = this.#options.platform
    this.#drop()
    this.#isBusy = isBusy
    const spreadMs = Math.min(waitMsMax, this.#spreadMs * 2 ** Math.min(this.#tries, 10))
    this.#tries += 1
    const delayMs = afterMs ?? random.fraction() * spreadMs
    this.#enter({ kind: 'waiting', untilMs: clock.nowMs() + delayMs })
    this.#timer = clock.after(delayMs, () => this.#connect())
  }

  #drop(): void {
    const wasReady = this.isReady
    this.#turn += 1
    this.#timer?.[Symbol.dispose]()
    this.#heartbeat?.[Symbol.dispose]()
    this.#renewal?.[Symbol.dispose]()
    this.#outgoing = []
    const socket = this.#socket
    this.#socket = undefined
    this.#phase = { kind: 'connecting' }
    socket?.close()
    if (wasReady) this.#options.onLost()
  }

  #flush(): void {
    this.#isFlushing = false
    const frames = this.#outgoing
    this.#outgoing = []
    const socket = this.#socket
    if (!this.isReady || socket === undefined) return
    for (const bytes of joined(frames)) socket.send(bytes)
  }
}

/**
 * As few messages as the limits allow: the encoding of several frames is that of each, one behind
 * the other.
 */
function joined(frames: readonly Uint8Array[]): readonly Uint8Array[] {
  const messages: Uint8Array[] = []
  let group: Uint8Array[] = []
  let bytes = 0
  const close = () => {
    const message = new Uint8Array(bytes)
    let at = 0
    for (const frame of group) {
      message.set(frame, at)
      at += frame.length
    }
    if (group.length > 0) messages.push(message)
    group = []
    bytes = 0
  }
  for (const frame of frames) {
    const isFull =
      bytes + frame.length > limits.frameBytesMax || group.length >= limits.framesPerMessageMax
    if (isFull) close()
    group.push(frame)
    bytes += frame.length
  }
  close()
  return messages
}
