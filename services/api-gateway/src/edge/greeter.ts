import {
  ChatError,
  type Hello,
  limits,
  newConnectionId,
  protocolVersion,
  protocolVersionMin,
} from '@parley/protocol'
import type { Clock, RandomSource, VerifyToken } from '@parley/runtime'
import type { GatewayConfig } from '../config.ts'
import type { ChatQuestions } from './chat-questions.ts'
import type { Outgoing } from './outgoing.ts'
import type { PresenceOfSessions } from './presence-of-sessions.ts'
import type { Session } from './session.ts'
import type { Sessions } from './sessions.ts'

export interface GreeterOptions {
  readonly verify: VerifyToken
  readonly sessions: Sessions
  readonly presence: Pick<PresenceOfSessions, 'opened'>
  readonly chat: Pick<ChatQuestions, 'logHead'>
  readonly outgoing: Pick<Outgoing, 'frame'>
  readonly close: (session: Session, code: number, reason: string) => void
  readonly clock: Clock
  readonly random: RandomSource
  readonly cell: number
  readonly config: Pick<GatewayConfig, 'heartbeatMs' | 'admissionRate'>
}

/** Takes hellos: the first makes a socket a session of a device, later ones renew its token. */
export class Greeter {
  readonly #options: GreeterOptions

  constructor(options: GreeterOptions) {
    this.#options = options
  }

  /**
   * Errors: those of the token, `unsupported-version`, `overloaded`, and those of chat-service. What
   * is delivered meanwhile is only noted; a heartbeat behind `ready` tells of it.
   */
  async open(session: Session, { version, token }: Hello): Promise<void> {
    const { verify, sessions, presence, chat, outgoing, close, config, clock } = this.#options
    if (version < protocolVersionMin)
      throw new ChatError('unsupported-version', `the oldest version is ${protocolVersionMin}`)
    session.state = 'opening'
    const { user, device, expiresAtMs } = await verify(token)
    if (isOver(session)) return
    const owner = { user, device, connection: this.#newConnection() }
    const replaced = sessions.own(session, owner)
    if (replaced === 'full') throw new ChatError('overloaded', 'too many sockets of one account')
    if (replaced !== undefined) close(replaced, 1000, 'replaced')
    session.token = token
    this.#tokenEnds(session, expiresAtMs)
    // Deliveries come here before the place is read, so there is no gap between the two.
    await presence.opened(owner)
    const { pts, epoch } = await chat.logHead(user)
    if (isOver(session)) return
    session.state = 'ready'
    const delivered = session.pts
    session.dueMs = Math.min(clock.monotonicMs() + config.heartbeatMs, session.tokenEndsMs)
    outgoing.frame(session, {
      kind: 'ready',
      ...owner,
      epoch,
      pts,
      heartbeatMs: config.heartbeatMs,
      reconnectSpreadMs: this.reconnectSpreadMs(),
      serverTimeMs: clock.nowMs(),
      version: Math.min(version, protocolVersion),
    })
    session.pts = Math.max(pts, delivered)
    if (delivered > pts) outgoing.frame(session, { kind: 'heartbeat', pts: delivered })
  }

  /** Errors: those of the token; `not-allowed` when it is another device's. */
  async renew(session: Session, { token }: Hello): Promise<void> {
    const { user, device, expiresAtMs } = await this.#options.verify(token)
    if (user !== session.owner?.user || device !== session.owner.device)
      throw new ChatError('not-allowed', 'the token of another device')
    session.token = token
    this.#tokenEnds(session, expiresAtMs)
  }

  /** After an abnormal end all sockets of this edge come back within this time, not at once. */
  reconnectSpreadMs(): number {
    const { sessions, config } = this.#options
    const { reconnectSpreadMsMin, reconnectSpreadMsMax } = limits
    const spreadMs = Math.round((1_000 * sessions.count) / config.admissionRate)
    return Math.min(Math.max(spreadMs, reconnectSpreadMsMin), reconnectSpreadMsMax)
  }

  #tokenEnds(session: Session, expiresAtMs: number): void {
    const { clock } = this.#options
    session.tokenEndsMs = clock.monotonicMs() + expiresAtMs - clock.nowMs() + limits.tokenGraceMs
  }

  #newConnection() {
    const { clock, random, cell } = this.#options
    return newConnectionId({ atMs: clock.nowMs(), cell, random: random.bits64() })
  }
}

const isOver = ({ state }: Session): boolean => state === 'closed'
