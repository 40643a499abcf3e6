import { encodeFrame, eventHead, limits, type ServerFrame } from '@parley/protocol'
import type { Clock } from '@parley/runtime'
import type { GatewayMetrics } from '../metrics.ts'
import type { Session } from './session.ts'

export interface OutgoingOptions {
  readonly clock: Clock
  readonly laggingMs: number
  readonly metrics: Pick<GatewayMetrics, 'slow' | 'frameOut'>
  readonly close: (session: Session, code: number, reason: string) => void
}

/**
 * What goes out to sockets: all frames of a socket in one tick are one write, and never more than
 * `limits.socketQueueBytesMax` waits for a peer. Ephemeral frames are dropped first; then the socket
 * is lagging: it gets no events until it has taken what waits, and a heartbeat that makes it sync.
 */
export class Outgoing {
  readonly #options: OutgoingOptions
  readonly #lagging = new Set<Session>()
  #dirty: Session[] = []

  constructor(options: OutgoingOptions) {
    this.#options = options
  }

  /** A frame for this socket. Nothing but an answer or an ephemeral frame. */
  frame(session: Session, frame: ServerFrame): void {
    this.bytes(session, encodeFrame(frame), false)
  }

  /** An encoded frame that sync does not bring back. */
  bytes(session: Session, frame: Uint8Array, isEphemeral: boolean): void {
    if (session.state === 'closed') return
    const isSlow = session.laggingSinceMs !== undefined
    const max = isEphemeral ? limits.socketQueueBytesMax / 2 : limits.socketQueueBytesMax
    if (!isSlow && this.#waiting(session) + frame.length <= max) return this.#add(session, frame)
    if (isEphemeral) return this.#options.metrics.slow('dropped')
    session.hasLostAnswers = true
    this.#lag(session)
  }

  /** An entry of the user log: the same message bytes serve all sockets. */
  event(session: Session, pts: number, message: Uint8Array): void {
    if (pts > session.pts) session.pts = pts
    if (session.state !== 'ready' || session.laggingSinceMs !== undefined) return
    if (this.#waiting(session) + message.length > limits.socketQueueBytesMax)
      return this.#lag(session)
    this.#add(session, eventHead(pts, message.length))
    session.pending.push(message)
    session.pendingBytes += message.length
  }

  /** A page that was asked for. It may be larger than the bound; the next waits until it is gone. */
  page(session: Session, frame: Uint8Array): void {
    if (session.state === 'ready') this.#add(session, frame)
  }

  /** Writes now what was collected. */
  flush(): void {
    const dirty = this.#dirty
    this.#dirty = []
    for (const session of dirty) {
      const { pending } = session
      session.pending = []
      session.pendingBytes = 0
      if (session.state !== 'closed') session.socket.send(pending)
    }
  }

  /** What the socket waited for has been taken. */
  drained(session: Session): void {
    if (session.laggingSinceMs === undefined || session.socket.bufferedBytes > 0) return
    this.#lagging.delete(session)
    session.laggingSinceMs = undefined
    if (session.hasLostAnswers) this.#options.close(session, 4008, 'lagging')
    else this.frame(session, { kind: 'heartbeat', pts: session.pts })
  }

  forget(session: Session): void {
    this.#lagging.delete(session)
  }

  /** Closes the sockets that did not catch up. */
  tick(): void {
    const { clock, laggingMs, metrics, close } = this.#options
    const nowMs = clock.monotonicMs()
    for (const session of this.#lagging) {
      this.drained(session)
      const { laggingSinceMs } = session
      if (laggingSinceMs === undefined || nowMs - laggingSinceMs < laggingMs) continue
      metrics.slow('closed')
      close(session, 4008, 'lagging')
    }
  }

  #waiting({ socket, pendingBytes }: Session): number {
    return socket.bufferedBytes + pendingBytes
  }

  #lag(session: Session): void {
    if (session.laggingSinceMs !== undefined) return
    this.#options.metrics.slow('lagging')
    session.laggingSinceMs = this.#options.clock.monotonicMs()
    this.#lagging.add(session)
  }

  #add(session: Session, bytes: Uint8Array): void {
    if (session.pending.length === 0) {
      // Once what is running now, and has more to add, is done.
      if (this.#dirty.length === 0) void Promise.resolve().then(() => this.flush())
      this.#dirty.push(session)
    }
    session.pending.push(bytes)
    session.pendingBytes += bytes.length
    this.#options.metrics.frameOut(bytes.length)
  }
}
