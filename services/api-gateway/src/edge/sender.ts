import {
  ChatError,
  type CommandEnvelope,
  checkCommand,
  type ErrorCode,
  encodeCommandEnvelope,
  errorFacts,
} from '@parley/protocol'
import type { Clock, Report } from '@parley/runtime'
import type { GatewayMetrics } from '../metrics.ts'
import { asError } from './as-error.ts'
import type { ChatQuestions } from './chat-questions.ts'
import type { CommandLog } from './command-log.ts'
import type { Outgoing } from './outgoing.ts'
import type { SendLimits } from './send-limits.ts'
import type { Session } from './session.ts'

/** The edition of the rules that this program's gateways know (architecture, rule 1). */
const rulesEdition = 1
/** Commands of one socket that may wait for the ones before them. */
const waitingMax = 256
const retryMs = 1_000

export interface SenderOptions {
  readonly commandLog: CommandLog
  readonly limits: Pick<SendLimits, 'takeSend'>
  readonly chat: Pick<ChatQuestions, 'hasBlob'>
  readonly outgoing: Pick<Outgoing, 'frame'>
  readonly clock: Clock
  readonly metrics: Pick<GatewayMetrics, 'sent' | 'appended'>
  readonly report: Report
}

/**
 * Brings commands to the log, those of one socket in their order. What cannot be taken is answered
 * with an error that names conversation and `n`, never with silence; whatever was appended is
 * answered by its event, ack or nack.
 */
export class Sender {
  readonly #options: SenderOptions

  constructor(options: SenderOptions) {
    this.#options = options
  }

  send(session: Session, envelope: CommandEnvelope): void {
    if (session.sends === undefined) {
      session.sends = [envelope]
      void this.#run(session)
    } else if (session.sends.length < waitingMax) session.sends.push(envelope)
    else this.#answer(session, envelope, new ChatError('overloaded', 'too many wait'))
  }

  async #run(session: Session): Promise<void> {
    for (;;) {
      const batch = session.sends ?? []
      session.sends = batch.length > 0 && session.state === 'ready' ? [] : undefined
      if (session.sends === undefined) return
      const admitted: (readonly [CommandEnvelope, Uint8Array])[] = []
      for (const envelope of batch) {
        const record = await this.#admit(session, envelope)
        if (record !== undefined) admitted.push([envelope, record])
      }
      await Promise.all(
        admitted.map(([envelope, record]) => this.#append(session, envelope, record)),
      )
    }
  }

  /** The bytes for the log, or nothing when the command was answered with an error. */
  async #admit(session: Session, envelope: CommandEnvelope): Promise<Uint8Array | undefined> {
    const { owner } = session
    if (owner === undefined) return undefined
    const { limits, chat, metrics } = this.#options
    try {
      checkCommand(envelope)
      const retryAfterMs = await limits.takeSend(owner, envelope.conversation)
      if (retryAfterMs > 0) {
        metrics.sent('limited')
        this.#answer(session, envelope, new ChatError('rate', 'too fast', { retryAfterMs }))
        return undefined
      }
      const { command } = envelope
      if ('blob' in command && command.blob !== undefined && !(await chat.hasBlob(command.blob)))
        throw new ChatError('not-found', 'the blob was not uploaded')
      return encodeCommandEnvelope({ ...envelope, sender: owner.user, device: owner.device })
    } catch (error) {
      metrics.sent('refused')
      this.#answer(session, envelope, error)
      return undefined
    }
  }

  async #append(session: Session, envelope: CommandEnvelope, value: Uint8Array): Promise<void> {
    const { commandLog, clock, metrics } = this.#options
    const startMs = clock.monotonicMs()
    try {
      await commandLog.append({ key: envelope.conversation, value, rules: rulesEdition })
      metrics.sent('appended')
      metrics.appended((clock.monotonicMs() - startMs) / 1000)
    } catch (error) {
      metrics.sent('error')
      this.#answer(session, envelope, error)
    }
  }

  #answer(session: Session, { conversation, n }: CommandEnvelope, error: unknown): void {
    const { code, message, retryAfterMs } = this.#known(error)
    this.#options.outgoing.frame(session, {
      kind: 'error',
      code,
      message,
      retryMs: retryAfterMs ?? (isRetryable(code) ? retryMs : 0),
      conversation,
      n,
    })
  }

  #known(error: unknown): ChatError {
    if (error instanceof ChatError) return error
    this.#options.report(asError(error))
    return new ChatError('internal', 'something went wrong')
  }
}

const isRetryable = (code: ErrorCode): boolean => errorFacts[code].retryable
