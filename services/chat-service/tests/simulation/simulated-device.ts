import {
  type Command,
  type CommandEnvelope,
  decodeMessage,
  decodeServerFrames,
  type RejectReason,
  rejectReasons,
} from '@parley/protocol'
import { type Conversation, standingOf } from '../../src/domain/conversation.ts'
import type { UserLogEvent } from '../../src/domain/user-log.ts'
import type { Person } from '../people.ts'

type Unanswered = Omit<CommandEnvelope, 'prev'>

/** The sending half of a device in one conversation: it asks until it is answered. */
export class SimulatedDevice {
  readonly person: Person
  /** What this device was told: each accepted `n` with its seq, each refused one with why. */
  readonly accepted = new Map<number, number>()
  readonly refused = new Map<number, RejectReason>()
  /** The largest `n` that this device was told is stored. */
  acknowledged = 0
  #n = 0
  #outbox: readonly Unanswered[] = []

  constructor(person: Person) {
    this.person = person
  }

  get composed(): number {
    return this.#n
  }

  get isWaiting(): boolean {
    return this.#outbox.length > 0
  }

  /** Writes a command down; `requests` sends it. What it says never changes from here on. */
  compose(command: Command, view: Conversation): void {
    this.#n += 1
    const { user, device } = this.person
    const request: Unanswered = {
      conversation: view.id,
      sender: user,
      device,
      n: this.#n,
      standing: standingOf(view, user),
      command,
      body: Uint8Array.of(this.#n),
      handshake: undefined,
    }
    this.#outbox = [...this.#outbox, request]
  }

  /** Everything unanswered, each naming the one before as its predecessor. */
  requests(): readonly CommandEnvelope[] {
    return this.#outbox.map((request, index) => ({
      ...request,
      prev: this.#outbox[index - 1]?.n ?? this.acknowledged,
    }))
  }

  receive(event: UserLogEvent): void {
    const { user, device } = this.person
    if (event.kind === 'entry') {
      if (event.entry.user !== user) return
      const message = decodeMessage(event.message)
      if (message.device === device && message.command.kind !== 'system')
        this.#acknowledge(message.n, message.seq)
      return
    }
    if (event.device !== device) return
    for (const frame of decodeServerFrames(event.frame))
      if (frame.kind === 'ack') this.#acknowledge(frame.n, frame.seq)
      else if (frame.kind === 'nack') {
        this.#forget(frame.accepted)
        if (!rejectReasons[frame.reason].isFinal) continue
        if (this.#outbox.some(({ n }) => n === frame.n)) this.refused.set(frame.n, frame.reason)
        this.#outbox = this.#outbox.filter(({ n }) => n !== frame.n)
      }
  }

  #acknowledge(n: number, seq: number): void {
    this.accepted.set(n, seq)
    this.#forget(n)
  }

  #forget(n: number): void {
    this.acknowledged = Math.max(this.acknowledged, n)
    this.#outbox = this.#outbox.filter((request) => request.n > n)
  }
}
