import {
  type Ack,
  type ConversationId,
  type ErrorFrame,
  fromBase64Url,
  type Nack,
} from '@parley/protocol'
import type { Connection } from '../net/connection.ts'
import type { ParleyErrorCode } from '../parley-error.ts'
import type { Platform } from '../platform.ts'
import type { LocalState } from '../state/local-state.ts'
import type { ConversationRecord, OutboxRecord } from '../state/records.ts'
import type { Transaction } from '../state/transaction.ts'
import type { SendFault } from '../views.ts'
import {
  contentOf,
  dropCommit,
  dropCreation,
  failAll,
  faultOf,
  isCaughtUp,
  isSend,
  numbered,
  refuse,
  sealPlain,
} from './outgoing.ts'

export interface OutboxOptions {
  readonly state: LocalState
  readonly platform: Platform
  readonly connection: Connection
  /** Answers are missing, or belong to messages that were not seen yet: reads the user log. */
  readonly catchUp: () => void
  /** The membership is not what it has to be before anything may be sealed. */
  readonly needCommit: (conversation: ConversationId) => void
  readonly onCopied: () => void
}

/** Sends on their way at once in one conversation. */
const inFlightMax = 16
/**
 * As long as the edge refuses now and then, one is sent at a time: what follows a refused one would
 * come back too, and cost another turn.
 */
const takenToGrow = 8
/** After that without an answer the same bytes are sent again. */
const answerMs = 10_000

interface Chain {
  /** Highest `n` that was handed to this socket. */
  sentUpTo: number
  /** Out of order: waits for the answers to all that were sent after the one that was lost. */
  isRewinding: boolean
  /** How many may be on their way: one after a refusal of the edge, then more, slowly. */
  width: number
  /** Taken by the server since the last refusal, or since the width grew. */
  takenInARow: number
  pausedUntilMs: number
  /** The MLS epoch to come before anything is sealed again. */
  epochAtLeast: number
  timer: Disposable | undefined
}

/**
 * What this device has to say, conversation by conversation, in order. The bytes are stored before
 * they leave, and leave again unchanged until the server has answered for them; only what was
 * refused for good is sealed anew.
 */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #chains = new Map<ConversationId, Chain>()
  readonly #pumping = new Set<ConversationId>()
  readonly #pumpAgain = new Set<ConversationId>()

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  /** A new socket: nothing is on its way. */
  reset(): void {
    for (const chain of this.#chains.values()) chain.timer?.[Symbol.dispose]()
    this.#chains.clear()
  }

  /** Whatever waits anywhere. */
  pumpAll(): void {
    for (const conversation of this.#options.state.outbox.keys()) this.pump(conversation)
  }

  /** The server has taken some of it. */
  onProgress(conversation: ConversationId): void {
    const chain = this.#chains.get(conversation)
    if (chain === undefined || chain.width === inFlightMax) return
    chain.takenInARow += 1
    if (chain.takenInARow < takenToGrow) return
    chain.takenInARow = 0
    chain.width = Math.min(inFlightMax, 2 * chain.width)
  }

  /** Seals what may be sealed and hands over what may go. */
  pump(conversation: ConversationId): void {
    if (this.#pumping.has(conversation)) {
      this.#pumpAgain.add(conversation)
      return
    }
    this.#pumping.add(conversation)
    this.#pumpOnce(conversation)
      // A failing store is reported by whoever needs an answer; here the next pump tries again.
      .catch(() => this.#later(conversation, answerMs))
      .finally(() => {
        this.#pumping.delete(conversation)
        if (this.#pumpAgain.delete(conversation)) this.pump(conversation)
      })
  }

  onAck({ conversation, n }: Ack): void {
    const waiting = this.#sealed(conversation)
    // The message itself is in the user log: it says what `seq` the sends have.
    if (waiting.some((entry) => entry.n <= n)) this.#options.catchUp()
  }

  onNack(nack: Nack): void {
    this.#takeNack(nack).catch(() => this.#later(nack.conversation, answerMs))
  }

  /** The edge could not take a send. */
  onError({ conversation, n, code, retryMs }: ErrorFrame): void {
    if (conversation === undefined || n === undefined) return
    const isForever = code === 'too-large' || code === 'bad-request' || code === 'not-allowed'
    if (isForever) {
      this.#fail(conversation, n, code === 'bad-request' ? 'internal' : code).catch(() => {})
      return
    }
    const chain = this.#chain(conversation)
    const { clock } = this.#options.platform
    const waitMs = Math.max(retryMs, 200)
    chain.pausedUntilMs = Math.max(chain.pausedUntilMs, clock.nowMs() + waitMs)
    chain.sentUpTo = Math.min(chain.sentUpTo, n - 1)
    chain.width = 1
    chain.takenInARow = 0
    this.#later(conversation, waitMs)
  }

  async #pumpOnce(conversation: ConversationId): Promise<void> {
    const { state, connection, platform } = this.#options
    if (!connection.isReady) return
    const chain = this.#chain(conversation)
    if (platform.clock.nowMs() < chain.pausedUntilMs) return
    await this.#sealMore(conversation, chain)
    const record = state.conversations.get(conversation)
    if (record === undefined || chain.isRewinding) return
    for (const [index, entry] of this.#sealed(conversation).entries()) {
      if (entry.n <= chain.sentUpTo || entry.frame === null) continue
      if (index >= chain.width) return
      if (!connection.sendBytes(fromBase64Url(entry.frame))) return
      chain.sentUpTo = entry.n
      this.#awaitAnswer(conversation, chain)
    }
  }

  async #sealMore(conversation: ConversationId, chain: Chain): Promise<void> {
    const { state, needCommit } = this.#options
    const record = state.conversations.get(conversation)
    if (record === undefined || !this.#mayTry(conversation, record)) return
    if (!isCaughtUp(record)) return
    const { pendingRemovals, untrusted, wishes } = record
    const isDirty = pendingRemovals.length > 0 || untrusted.length > 0
    if (isDirty || wishes.length > 0) needCommit(conversation)
    await state.transact((transaction) => this.#sealIn(transaction, conversation, chain))
  }

  #sealIn(transaction: Transaction, conversation: ConversationId, chain: Chain): void {
    const record = transaction.conversation(conversation)
    if (record === undefined) return
    if (record.standing === 'left' || record.standing === 'removed')
      return failAll(transaction, conversation, 'not-a-member')
    if (record.standing !== 'member' || record.isForked || !isCaughtUp(record)) return
    let inFlight = transaction.outboxOf(conversation).filter(({ state }) => state === 'sealed')
    for (const entry of transaction.outboxOf(conversation)) {
      if (entry.state !== 'waiting') continue
      if (inFlight.length >= inFlightMax || inFlight.some((each) => !isSend(each))) return
      const isPlain = entry.what.kind === 'leave' || entry.what.kind === 'set-role'
      if (isPlain && inFlight.length > 0) return
      const sealed = isPlain
        ? sealPlain(transaction, record, entry)
        : this.#sealSend(transaction, { record, entry, chain, inFlight })
      if (sealed === undefined) return
      transaction.setOutgoing(sealed)
      inFlight = [...inFlight, sealed]
    }
  }

  #sealSend(
    transaction: Transaction,
    {
      record,
      entry,
      chain,
      inFlight,
    }: {
      record: ConversationRecord
      entry: OutboxRecord
      chain: Chain
      inFlight: readonly OutboxRecord[]
    },
  ): OutboxRecord | undefined {
    const { id: conversation, pendingRemovals, untrusted } = record
    const { mls } = transaction
    // Nothing is sealed for who has left, whose device was revoked, or whom nobody vouches for.
    if (pendingRemovals.length > 0 || untrusted.length > 0) return undefined
    if (this.#hasChangedKey(record)) return undefined
    const group = mls.group(conversation)
    if (group.hasPendingCommit || group.epoch < chain.epochAtLeast) return undefined
    const content = contentOf(entry)
    const sealed = mls.seal({ conversation, content })
    const { epoch, generation, commitment, ciphertext } = sealed
    const isSilent = entry.what.kind === 'group-info'
    const command = { kind: 'send', epoch, generation, isSilent, commitment } as const
    return numbered(transaction, record, entry, { command, body: ciphertext, inFlight })
  }

  #hasChangedKey({ members }: ConversationRecord): boolean {
    const { people } = this.#options.state
    return members.some(({ user }) => (people.get(user)?.changedKey ?? null) !== null)
  }

  #mayTry(conversation: ConversationId, record: ConversationRecord): boolean {
    if (record.standing === 'creating' || record.standing === 'joining') return false
    const { outbox } = this.#options.state
    const isWaiting = (outbox.get(conversation) ?? []).some(({ state }) => state === 'waiting')
    return isWaiting || record.wishes.length > 0
  }

  async #takeNack(nack: Nack): Promise<void> {
    const { conversation, n, reason, accepted } = nack
    const chain = this.#chain(conversation)
    const inFlight = this.#sealed(conversation)
    const entry = inFlight.find((each) => each.n === n)
    if (entry === undefined) return
    switch (reason) {
      case 'out-of-order':
        return this.#rewind(nack, inFlight)
      case 'wrong-epoch':
        // The answer to an earlier copy; this one was sealed for the epoch that it names.
        if (entry.what.kind !== 'commit' && entry.epoch === nack.epoch) return
        chain.epochAtLeast = Math.max(chain.epochAtLeast, nack.epoch)
        await this.#unseal(conversation, accepted)
        return this.#options.catchUp()
      case 'stale-standing':
      case 'commit-required':
        await this.#unseal(conversation, accepted)
        return this.#options.catchUp()
      case 'device-copied':
        return this.#options.onCopied()
      case 'already-exists':
      case 'unknown-conversation':
      case 'not-a-member':
      case 'not-allowed':
      case 'full':
      case 'undecidable':
        return await this.#fail(conversation, n, faultOf(reason), reason)
      default: {
        const unknown: never = reason
        return unknown
      }
    }
  }

  /** One was lost on the way: the rest comes back as well, and then all go again. */
  #rewind({ conversation, n, accepted }: Nack, inFlight: readonly OutboxRecord[]): void {
    const chain = this.#chain(conversation)
    const first = inFlight[0]
    if (first !== undefined && first.n <= accepted) {
      // The server has more of ours than is known here: its events are on the way.
      this.#options.catchUp()
      return
    }
    if (first !== undefined && first.n > accepted + 1) {
      // Numbers are missing that this device has given away before: they start again from there.
      this.#unseal(conversation, accepted).then(
        () => this.pump(conversation),
        () => {},
      )
      return
    }
    chain.isRewinding = n < chain.sentUpTo
    chain.sentUpTo = chain.isRewinding ? chain.sentUpTo : accepted
    if (chain.isRewinding) this.#later(conversation, 1_000)
    else this.pump(conversation)
  }

  /** None of these was accepted, and no copy of them will be: they are sealed anew. */
  async #unseal(conversation: ConversationId, accepted: number): Promise<void> {
    await this.#options.state.transact((transaction) => {
      for (const entry of transaction.outboxOf(conversation)) {
        if (entry.state !== 'sealed' || entry.n <= accepted) continue
        if (entry.what.kind === 'commit') dropCommit(transaction, entry)
        else if (entry.what.kind !== 'create')
          transaction.setOutgoing({ ...entry, state: 'waiting', n: 0, epoch: 0, frame: null })
      }
      transaction.change(conversation, { accepted })
    })
    const chain = this.#chain(conversation)
    chain.sentUpTo = accepted
    chain.isRewinding = false
    this.pump(conversation)
  }

  async #fail(
    conversation: ConversationId,
    n: number,
    fault: SendFault,
    code: ParleyErrorCode = fault,
  ): Promise<void> {
    await this.#options.state.transact((transaction) => {
      for (const entry of transaction.outboxOf(conversation)) {
        if (entry.state !== 'sealed') continue
        if (entry.n !== n) {
          // Its number follows the refused one, which goes to another.
          if (entry.n > n && isSend(entry))
            transaction.setOutgoing({ ...entry, state: 'waiting', n: 0, epoch: 0, frame: null })
          continue
        }
        if (isSend(entry) && entry.what.kind === 'text')
          transaction.setOutgoing({ ...entry, state: 'failed', n: 0, frame: null, fault })
        else if (entry.what.kind === 'commit') dropCommit(transaction, entry, code)
        else if (entry.what.kind === 'create') dropCreation(transaction, entry, code)
        else refuse(transaction, entry, code)
      }
    })
    const chain = this.#chain(conversation)
    chain.sentUpTo = Math.min(chain.sentUpTo, n - 1)
    chain.isRewinding = false
    if (code === 'not-a-member' || code === 'already-exists') this.#options.catchUp()
    this.pump(conversation)
  }

  #sealed(conversation: ConversationId): readonly OutboxRecord[] {
    const entries = this.#options.state.outbox.get(conversation) ?? []
    return entries.filter(({ state }) => state === 'sealed').sort((a, b) => a.n - b.n)
  }

  #awaitAnswer(conversation: ConversationId, chain: Chain): void {
    chain.timer?.[Symbol.dispose]()
    chain.timer = this.#options.platform.clock.after(answerMs, () => {
      const [first] = this.#sealed(conversation)
      if (first === undefined) return
      chain.sentUpTo = first.n - 1
      chain.isRewinding = false
      this.#options.catchUp()
      this.pump(conversation)
    })
  }

  #later(conversation: ConversationId, delayMs: number): void {
    const chain = this.#chain(conversation)
    chain.timer?.[Symbol.dispose]()
    chain.timer = this.#options.platform.clock.after(delayMs, () => {
      const [first] = this.#sealed(conversation)
      if (chain.isRewinding && first !== undefined) chain.sentUpTo = first.n - 1
      chain.isRewinding = false
      chain.pausedUntilMs = 0
      this.pump(conversation)
    })
  }

  #chain(conversation: ConversationId): Chain {
    let chain = this.#chains.get(conversation)
    if (chain === undefined) {
      chain = {
        sentUpTo: 0,
        isRewinding: false,
        width: inFlightMax,
        takenInARow: 0,
        pausedUntilMs: 0,
        epochAtLeast: 0,
        timer: undefined,
      }
      this.#chains.set(conversation, chain)
    }
    return chain
  }
}
