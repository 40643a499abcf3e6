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
import type { Session, SessionOwner } from './session.ts'

/** The edition of the rules that this program's gateways know (architecture, rule 1). */
const rulesEdition = 1
/** Commands of one socket that may wait for the ones before them. */
const waitingMax = 256
const waitingBytesMax = 1024 * 1024
const retryMs = 1_000

type CommandName = Pick<CommandEnvelope, 'conversation' | 'n'>

/** A command as it goes to the log. It shares no bytes with the frame it came in. */
export interface WaitingCommand extends CommandName {
  readonly record: Uint8Array
  readonly blob: Uint8Array | undefined
}

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
    const { owner } = session
    if (owner === undefined) return
    let command: WaitingCommand
    try {
      command = encoded(envelope, owner)
    } catch (error) {
      this.#options.metrics.sent('refused')
      return this.#answer(session, envelope, error)
    }
    const { sends } = session
    if (sends === undefined) {
      session.sends = { commands: [command], bytes: command.record.length }
      void this.#run(session)
    } else if (sends.commands.length < waitingMax && sends.bytes < waitingBytesMax) {
      sends.commands.push(command)
      sends.bytes += command.record.length
    } else this.#answer(session, envelope, new ChatError('overloaded', 'too many wait'))
  }

  async #run(session: Session): Promise<void> {
    for (;;) {
      const { commands } = session.sends ?? { commands: [] }
      const goesOn = commands.length > 0 && session.state === 'ready'
      session.sends = goesOn ? { commands: [], bytes: 0 } : undefined
      if (!goesOn) return
      const admitted: WaitingCommand[] = []
      for (const command of commands)
        if (await this.#isWaitingCommand(session, command)) admitted.push(command)
      await Promise.all(admitted.map((command) => this.#append(session, command)))
    }
  }

  /** A command that is not was answered with an error. */
  async #isWaitingCommand(session: Session, command: WaitingCommand): Promise<boolean> {
    const { owner } = session
    if (owner === undefined) return false
    const { limits, chat, metrics } = this.#options
    try {
      const retryAfterMs = await limits.takeSend(owner, command.conversation)
      if (retryAfterMs > 0) {
        metrics.sent('limited')
        this.#answer(session, command, new ChatError('rate', 'too fast', { retryAfterMs }))
        return false
      }
      if (command.blob !== undefined && !(await chat.hasBlob(command.blob)))
        throw new ChatError('not-found', 'the blob was not uploaded')
      return true
    } catch (error) {
      metrics.sent('refused')
      this.#answer(session, command, error)
      return false
    }
  }

  async #append(session: Session, command: WaitingCommand): Promise<void> {
    const { commandLog, clock, metrics } = this.#options
    const startMs = clock.monotonicMs()
    try {
      const { conversation, record } = command
      await commandLog.append({ key: conversation, value: record, rules: rulesEdition })
      metrics.sent('appended')
      metrics.appended((clock.monotonicMs() - startMs) / 1000)
    } catch (error) {
      metrics.sent('error')
      this.#answer(session, command, error)
    }
  }

  #answer(session: Session, { conversation, n }: CommandName, error: unknown): void {
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

/** In the name of its sender. Errors: those of `checkCommand`. */
function encoded(envelope: CommandEnvelope, { user, device }: SessionOwner): WaitingCommand {
  checkCommand(envelope)
  const { conversation, n, command } = envelope
  const blob = 'blob' in command ? command.blob : undefined
  const record = encodeCommandEnvelope({ ...envelope, sender: user, device })
  return { conversation, n, record, blob: blob && new Uint8Array(blob) }
}

const isRetryable = (code: ErrorCode): boolean => errorFacts[code].retryable
