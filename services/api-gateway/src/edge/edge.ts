import {
  ChatError,
  type ClientFrame,
  decodeClientFrames,
  errorFacts,
  limits,
  unreachable,
} from '@parley/protocol'
import type { Clock, Report } from '@parley/runtime'
import type { GatewayConfig } from '../config.ts'
import type { FrameKind, GatewayMetrics } from '../metrics.ts'
import { asError } from './as-error.ts'
import type { ChatQuestions } from './chat-questions.ts'
import type { EdgeReceiver, EdgeSocket } from './edge-server.ts'
import type { Greeter } from './greeter.ts'
import type { Outgoing } from './outgoing.ts'
import type { PresenceOfSessions } from './presence-of-sessions.ts'
import type { SendLimits } from './send-limits.ts'
import type { Sender } from './sender.ts'
import { newSession, type Session } from './session.ts'
import type { Sessions } from './sessions.ts'
import type { Syncer } from './syncer.ts'

export interface EdgeOptions {
  readonly sessions: Sessions
  readonly greeter: Greeter
  readonly outgoing: Outgoing
  readonly sender: Sender
  readonly syncer: Syncer
  readonly presence: PresenceOfSessions
  readonly chat: Pick<ChatQuestions, 'putMark'>
  readonly limits: SendLimits
  readonly clock: Clock
  readonly config: GatewayConfig
  readonly metrics: GatewayMetrics
  readonly report: Report
}

/** What may arrive while a session is being opened. */
const earlyBytesMax = limits.frameBytesMax
const minuteMs = 60_000

/** Sockets on one side, the platform on the other: every frame of a client passes here. */
export class Edge {
  readonly #options: EdgeOptions

  constructor(options: EdgeOptions) {
    this.#options = options
  }

  /** A new socket; it has `helloMs` to say who it is. */
  open(socket: EdgeSocket, address: string): EdgeReceiver {
    const { clock, config, sessions, metrics } = this.#options
    const nowMs = clock.monotonicMs()
    const dueMs = nowMs + config.helloMs
    const session = newSession(socket, { address, nowMs, dueMs, bytesIn: config.bytesInBurst })
    sessions.add(session)
    metrics.connections(sessions.count)
    return new SessionReceiver(this, session)
  }

  close(session: Session, code: number, reason: string): void {
    if (session.state === 'closed') return
    this.#options.metrics.closed('server')
    this.#options.outgoing.flush()
    session.socket.close(code, reason)
    this.#forget(session)
  }

  /** The connection has ended. */
  closed(session: Session, code: number): void {
    if (session.state !== 'closed') this.#options.metrics.closed(code === 1006 ? 'lost' : 'client')
    this.#forget(session)
  }

  heard(session: Session): void {
    session.heardMs = this.#options.clock.monotonicMs()
  }

  drained(session: Session): void {
    this.#options.outgoing.drained(session)
  }

  #forget(session: Session): void {
    const { sessions, outgoing, presence, metrics } = this.#options
    if (session.state === 'closed') return
    session.state = 'closed'
    session.pending = []
    session.early = undefined
    outgoing.forget(session)
    sessions.remove(session)
    metrics.connections(sessions.count)
    if (session.owner === undefined) return
    if (session.watchedShards.length > 0) presence.watch(session, session.owner, [])
    presence.closed(session.owner)
  }

  received(session: Session, message: Uint8Array, isBinary: boolean): void {
    const { clock, metrics } = this.#options
    if (session.state === 'closed') return
    session.heardMs = clock.monotonicMs()
    metrics.bytesIn(message.length)
    session.bytesInLeft -= message.length
    if (session.bytesInLeft < 0) return this.close(session, errorFacts.rate.closeCode, 'too much')
    if (session.state === 'waiting' && message.length > limits.helloBytesMax)
      return this.close(session, 1009, 'a hello is smaller')
    if (session.state === 'opening' && isBinary) return this.#keep(session, message)
    try {
      if (!isBinary) throw new ChatError('bad-request', 'frames are binary')
      this.#take(session, decodeClientFrames(message))
    } catch (error) {
      if (error instanceof ChatError) this.#invalid(session, error)
      else this.#refuse(session, error)
    }
  }

  #take(session: Session, frames: readonly ClientFrame[]): void {
    for (const [index, frame] of frames.entries()) {
      this.#options.metrics.frameIn(frame.kind)
      if (session.state === 'waiting') {
        if (frame.kind !== 'hello') throw new ChatError('unauthenticated', 'hello comes first')
        void this.#greet(session, frame, frames.slice(index + 1))
        return
      }
      this.#handle(session, frame)
    }
  }

  async #greet(
    session: Session,
    hello: Extract<ClientFrame, { kind: 'hello' }>,
    rest: readonly ClientFrame[],
  ): Promise<void> {
    const { greeter, metrics, clock } = this.#options
    const startMs = clock.monotonicMs()
    try {
      await greeter.open(session, hello)
    } catch (error) {
      metrics.refused()
      return this.#refuse(session, error)
    }
    if (session.state !== 'ready') return
    metrics.greeted((clock.monotonicMs() - startMs) / 1000)
    const early = session.early ?? []
    session.early = undefined
    try {
      this.#take(session, rest)
    } catch (error) {
      return this.#refuse(session, error)
    }
    for (const message of early) this.received(session, message, true)
  }

  #handle(session: Session, frame: ClientFrame): void {
    const { owner } = session
    const { sender, syncer, presence, greeter } = this.#options
    if (owner === undefined || session.state !== 'ready') return
    switch (frame.kind) {
      case 'send':
        return sender.send(session, frame.envelope)
      case 'sync':
        return this.#await(session, syncer.sync(session, frame))
      case 'heartbeat':
        return
      case 'mark':
        return this.#await(session, this.#mark(session, frame))
      case 'signal':
        if (frame.signal === 'watch') return presence.watch(session, owner, frame.users)
        return this.#await(session, this.#signal(session, frame))
      case 'hello':
        return this.#await(session, greeter.renew(session, frame))
      default:
        return unreachable(frame)
    }
  }

  async #mark(session: Session, mark: Extract<ClientFrame, { kind: 'mark' }>): Promise<void> {
    const { limits: rates, chat } = this.#options
    if (session.owner === undefined) return
    if (await rates.mayMark(session.owner, mark.conversation))
      await chat.putMark(mark, session.token)
  }

  async #signal(
    session: Session,
    signal: Extract<ClientFrame, { kind: 'signal'; signal: 'sealed' }>,
  ): Promise<void> {
    const { limits: rates, presence } = this.#options
    if (session.owner === undefined) return
    if (await rates.mayType(session.owner, signal.conversation))
      presence.signal(session.owner, signal)
  }

  /** What goes wrong with a frame that has no answer of its own is an error frame. */
  #await(session: Session, done: Promise<void>): void {
    done.catch((error: unknown) => {
      if (session.state !== 'ready') return
      const { code, message, retryAfterMs } = this.#known(error)
      const retryMs = retryAfterMs ?? (errorFacts[code].retryable ? 1_000 : 0)
      this.#options.outgoing.frame(session, { kind: 'error', code, message, retryMs })
    })
  }

  /** Says why, and closes with the code that tells the client what to do. */
  #refuse(session: Session, error: unknown): void {
    if (session.state === 'closed') return
    const { code, message, retryAfterMs } = this.#known(error)
    const retryMs = retryAfterMs ?? 0
    this.#options.outgoing.frame(session, { kind: 'error', code, message, retryMs })
    this.close(session, errorFacts[code].closeCode, code)
  }

  #invalid(session: Session, error: ChatError): void {
    const { clock, metrics, outgoing } = this.#options
    metrics.frameIn('invalid' satisfies FrameKind)
    if (session.state !== 'ready') return this.#refuse(session, error)
    const nowMs = clock.monotonicMs()
    if (nowMs - session.invalidSinceMs > minuteMs) {
      session.invalidSinceMs = nowMs
      session.invalidFrames = 0
    }
    session.invalidFrames += 1
    if (session.invalidFrames > limits.invalidFramesPerMinute) return this.#refuse(session, error)
    const { code, message } = error
    outgoing.frame(session, { kind: 'error', code, message, retryMs: 0 })
  }

  #keep(session: Session, message: Uint8Array): void {
    const early = session.early ?? []
    const bytes = early.reduce((sum, { length }) => sum + length, message.length)
    if (bytes > earlyBytesMax || early.length >= limits.framesPerMessageMax)
      return this.close(session, errorFacts.overloaded.closeCode, 'too much before ready')
    // The bytes are a part of what was read from the connection, which is larger.
    early.push(new Uint8Array(message))
    session.early = early
  }

  #known(error: unknown): ChatError {
    if (error instanceof ChatError) return error
    this.#options.report(asError(error))
    return new ChatError('internal', 'something went wrong')
  }
}

/** No closures for each socket: memory. */
class SessionReceiver implements EdgeReceiver {
  readonly #edge: Edge
  readonly #session: Session

  constructor(edge: Edge, session: Session) {
    this.#edge = edge
    this.#session = session
  }

  received(message: Uint8Array, isBinary: boolean): void {
    this.#edge.received(this.#session, message, isBinary)
  }

  heard(): void {
    this.#edge.heard(this.#session)
  }

  drained(): void {
    this.#edge.drained(this.#session)
  }

  closed(code: number): void {
    this.#edge.closed(this.#session, code)
  }
}
