import {
  decodeServerFrames,
  type ErrorFrame,
  type Event,
  encodeFrame,
  type Nack,
  protocolVersion,
  type Ready,
  type ServerFrame,
  type SyncPage,
  socketPath,
} from '@parley/protocol'
import { WebSocket } from 'ws'
import type { RawAccount } from './raw-account.ts'
import type { OpenCommand, RawChain } from './raw-chain.ts'

/** Before commands that were out of order are sent again. */
const nackMs = 20
/** Several frames make one WebSocket message up to here. */
const messageBytesMax = 32 * 1024
const framesAtOnceMax = 32

export interface RawClientEvents {
  /** In the order of `pts`, each once. `how` says which way it came. */
  readonly onEvent?: (event: Event, how: 'live' | 'sync') => void
  /** Own commands that were accepted; `seq` is that of the newest. */
  readonly onAccepted?: (chain: RawChain, answered: readonly number[], seq: number) => void
  readonly onRefused?: (chain: RawChain, nack: Nack) => void
  readonly onError?: (error: ErrorFrame) => void
  /** Every event as it comes off the socket, before its `pts` is looked at. */
  readonly onArrival?: (event: Event) => void
  readonly onSyncPage?: (page: SyncPage) => void
  readonly onReady?: (ready: Ready) => void
  readonly onLost?: (code: number) => void
}

export interface RawClientOptions extends RawClientEvents {
  readonly url: string
  readonly account: RawAccount
  /** Comes back by itself so long after a loss; never when it is missing. */
  readonly returnMs?: number
}

/**
 * A device that speaks the protocol by hand and keeps its rules: it closes gaps by `sync`, answers
 * heartbeats, and sends again what has no answer. No encryption, no store.
 */
export class RawClient {
  readonly account: RawAccount
  readonly #options: RawClientOptions
  readonly #chains = new Map<string, RawChain>()
  #socket: WebSocket | undefined
  #isReady = false
  #isEnded = false
  #pts = 0
  #epoch = ''
  #request = 0
  #isSyncing = false
  /** Live events that wait for a gap below them. */
  readonly #ahead = new Map<number, Event>()
  #outgoing: Uint8Array[] = []
  #retry: NodeJS.Timeout | undefined
  readonly #resending = new Set<RawChain>()
  readonly #whenReady: (() => void)[] = []
  readonly #whenLevel: { readonly pts: number; readonly resolve: () => void }[] = []

  constructor(options: RawClientOptions) {
    this.#options = options
    this.account = options.account
  }

  get pts(): number {
    return this.#pts
  }

  get isReady(): boolean {
    return this.#isReady
  }

  /** Its commands' answers are told to the chain, and it is sent again after a reconnect. */
  use(chain: RawChain): RawChain {
    this.#chains.set(chain.conversation, chain)
    return chain
  }

  /** Takes a place in the user log for known, so that what is below is never asked for. */
  startAt(pts: number): void {
    this.#pts = Math.max(this.#pts, pts)
  }

  /** Resolves when `ready` has come. */
  async connect(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#whenReady.push(resolve)
    this.#open(reject)
    await promise
  }

  /** Resolves when everything up to `pts` was received. */
  async level(pts: number): Promise<void> {
    if (this.#pts >= pts) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#whenLevel.push({ pts, resolve })
    this.#sync()
    await promise
  }

  /** Without a socket it is kept by its chain, and sent when there is one. */
  send({ frame }: OpenCommand): void {
    if (this.#isReady) this.sendBytes(frame)
  }

  sendBytes(frame: Uint8Array): void {
    if (this.#outgoing.length === 0) queueMicrotask(() => this.#flush())
    this.#outgoing.push(frame)
  }

  /** Asks for everything above what it has. */
  sync(): void {
    this.#sync()
  }

  async close(): Promise<void> {
    this.#isEnded = true
    clearTimeout(this.#retry)
    const socket = this.#socket
    if (socket === undefined || socket.readyState === WebSocket.CLOSED) return
    const { promise, resolve } = Promise.withResolvers<void>()
    socket.once('close', () => resolve())
    socket.close(1000)
    const late = setTimeout(() => socket.terminate(), 1_000)
    await promise
    clearTimeout(late)
  }

  #open(failed?: (error: Error) => void): void {
    const { url, account, returnMs } = this.#options
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}${socketPath}`, {
      perMessageDeflate: false,
      skipUTF8Validation: true,
    })
    this.#socket = socket
    socket.on('open', () =>
      socket.send(
        encodeFrame({
          kind: 'hello',
          version: protocolVersion,
          token: account.token,
          client: 'raw/1',
        }),
      ),
    )
    socket.on('message', (bytes: Uint8Array) => {
      for (const frame of decodeServerFrames(bytes)) this.#take(frame)
    })
    socket.on('error', (error) => {
      if (returnMs === undefined) failed?.(error)
    })
    socket.on('close', (code) => {
      if (this.#isReady) this.#options.onLost?.(code)
      else if (returnMs === undefined) failed?.(new Error(`closed with ${code}`))
      this.#isReady = false
      this.#isSyncing = false
      this.#ahead.clear()
      this.#outgoing = []
      if (returnMs !== undefined && !this.#isEnded)
        this.#retry = setTimeout(() => this.#open(), returnMs)
    })
  }

  #flush(): void {
    const frames = this.#outgoing
    this.#outgoing = []
    if (this.#socket?.readyState !== WebSocket.OPEN) return
    let part: Uint8Array[] = []
    let partBytes = 0
    for (const frame of frames) {
      const isFull = partBytes + frame.length > messageBytesMax || part.length === framesAtOnceMax
      if (part.length > 0 && isFull) {
        this.#socket.send(concat(part))
        part = []
        partBytes = 0
      }
      part.push(frame)
      partBytes += frame.length
    }
    this.#socket.send(concat(part))
  }

  #take(frame: ServerFrame): void {
    switch (frame.kind) {
      case 'ready':
        return this.#ready(frame)
      case 'event':
        this.#options.onArrival?.(frame)
        return this.#event(frame, 'live')
      case 'sync-page':
        return this.#page(frame)
      case 'heartbeat':
        this.sendBytes(encodeFrame({ kind: 'heartbeat', pts: this.#pts }))
        if (frame.pts > this.#pts) this.#sync()
        return
      case 'ack': {
        const chain = this.#chains.get(frame.conversation)
        if (chain !== undefined) this.#options.onAccepted?.(chain, chain.accepted(frame), frame.seq)
        return
      }
      case 'nack':
        return this.#nack(frame)
      case 'error':
        return this.#error(frame)
      default:
    }
  }

  #ready(ready: Ready): void {
    this.#isReady = true
    this.#epoch = ready.epoch
    this.#options.onReady?.(ready)
    if (ready.pts > this.#pts) this.#sync()
    for (const chain of this.#chains.values())
      for (const { frame } of chain.open) this.sendBytes(frame)
    for (const resolve of this.#whenReady.splice(0)) resolve()
  }

  #event(event: Event, how: 'live' | 'sync'): void {
    if (event.pts <= this.#pts) return
    if (event.pts > this.#pts + 1) {
      this.#ahead.set(event.pts, event)
      return this.#sync()
    }
    this.#use(event, how)
    for (let next = this.#ahead.get(this.#pts + 1); next; next = this.#ahead.get(this.#pts + 1)) {
      this.#ahead.delete(next.pts)
      this.#use(next, 'live')
    }
  }

  #use(event: Event, how: 'live' | 'sync'): void {
    this.#pts = event.pts
    this.#options.onEvent?.(event, how)
    const { message } = event
    if (message.device === this.account.device) {
      const chain = this.#chains.get(message.conversation)
      if (chain !== undefined)
        this.#options.onAccepted?.(chain, chain.accepted(message), message.seq)
    }
    if (this.#whenLevel.length === 0) return
    for (const waiting of this.#whenLevel.splice(0))
      if (waiting.pts <= this.#pts) waiting.resolve()
      else this.#whenLevel.push(waiting)
  }

  #sync(): void {
    if (this.#isSyncing || !this.#isReady) return
    this.#isSyncing = true
    this.#request += 1
    const { epoch, since, request } = {
      epoch: this.#epoch,
      since: this.#pts,
      request: this.#request,
    }
    this.sendBytes(encodeFrame({ kind: 'sync', request, epoch, since }))
  }

  #page(page: SyncPage): void {
    if (page.request !== this.#request) return
    this.#options.onSyncPage?.(page)
    for (const event of page.events) this.#event(event, 'sync')
    if (!page.isLast) return
    this.#isSyncing = false
    for (const pts of this.#ahead.keys()) if (pts <= this.#pts) this.#ahead.delete(pts)
    if (page.verdict === 'entries' && page.head > this.#pts) this.#sync()
  }

  #nack(nack: Nack): void {
    const chain = this.#chains.get(nack.conversation)
    if (chain === undefined) return
    if (nack.reason !== 'out-of-order') return this.#options.onRefused?.(chain, nack)
    // The nacks of the commands behind it say the same: one answer to all of them is enough.
    this.#resendLater(chain, nackMs)
  }

  #error(error: ErrorFrame): void {
    this.#options.onError?.(error)
    const chain =
      error.conversation === undefined ? undefined : this.#chains.get(error.conversation)
    if (chain !== undefined && error.retryMs > 0) this.#resendLater(chain, error.retryMs)
  }

  /** Once, after what is on its way has been answered. */
  #resendLater(chain: RawChain, waitMs: number): void {
    if (this.#resending.has(chain)) return
    this.#resending.add(chain)
    setTimeout(() => {
      this.#resending.delete(chain)
      if (this.#isReady) for (const { frame } of chain.open) this.sendBytes(frame)
    }, waitMs)
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return only
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
