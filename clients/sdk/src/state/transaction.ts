import type { MlsDevice } from '@parley/e2ee'
import type { ConversationId, DeviceId, UserId } from '@parley/protocol'
import type { ParleyEvent } from '../events.ts'
import type { Operation } from '../local-store.ts'
import { ParleyError } from '../parley-error.ts'
import type { LocalState } from './local-state.ts'
import type {
  AccountRecord,
  ConversationRecord,
  CursorRecord,
  MarkRecord,
  MessageRecord,
  OutboxRecord,
  PersonRecord,
} from './records.ts'
import { markKey, messageKey, outboxKey, put, remove } from './rows.ts'

/** Messages that the listeners are told of once they are stored. */
export interface MessageNews {
  readonly conversation: ConversationId
  readonly message: MessageRecord
  readonly isNew: boolean
}

/**
 * Changes that take effect together, or not at all: rows, and with them the changes of the
 * encryption state that were made meanwhile. Reads see the changes made so far.
 */
export class Transaction {
  readonly operations: Operation[] = []
  readonly conversations = new Map<ConversationId, ConversationRecord | null>()
  readonly people = new Map<UserId, PersonRecord>()
  readonly outbox = new Map<ConversationId, readonly OutboxRecord[]>()
  readonly marks = new Map<string, MarkRecord>()
  readonly news: MessageNews[] = []
  /** Entries of the outbox whose state the listeners are told of. */
  readonly outgoing = new Map<string, OutboxRecord>()
  readonly gone: { conversation: ConversationId; id: string }[] = []
  readonly events: ParleyEvent[] = []
  readonly later: (() => void)[] = []
  /** What callers wait for, by the id of the outbox entry or wish. */
  readonly settled: { readonly id: string; readonly error: ParleyError | undefined }[] = []
  account: AccountRecord | undefined
  cursor: CursorRecord | undefined
  readonly #state: LocalState

  constructor(state: LocalState) {
    this.#state = state
  }

  get own(): AccountRecord {
    const account = this.account ?? this.#state.account
    if (account === undefined) throw new ParleyError('signed-out')
    return account
  }

  get mls(): MlsDevice {
    return this.#state.mls
  }

  setAccount(account: AccountRecord): void {
    this.account = account
    this.operations.push(put('state', 'account', account))
  }

  setCursor(cursor: CursorRecord): void {
    this.cursor = cursor
    this.operations.push(put('state', 'cursor', cursor))
  }

  conversation(id: ConversationId): ConversationRecord | undefined {
    const changed = this.conversations.get(id)
    if (changed === null) return undefined
    return changed ?? this.#state.conversations.get(id)
  }

  /** For a caller that has seen it, or has just made it. */
  change(id: ConversationId, change: Partial<ConversationRecord>): ConversationRecord | undefined {
    const before = this.conversation(id)
    if (before === undefined) return undefined
    const after = { ...before, ...change }
    this.setConversation(after)
    return after
  }

  setConversation(record: ConversationRecord): void {
    this.conversations.set(record.id, record)
  }

  forgetConversation(id: ConversationId): void {
    this.conversations.set(id, null)
    for (const entry of this.outboxOf(id)) this.dropOutgoing(entry)
  }

  person(user: UserId): PersonRecord | undefined {
    return this.people.get(user) ?? this.#state.people.get(user)
  }

  setPerson(person: PersonRecord): void {
    this.people.set(person.user, person)
    this.operations.push(put('people', person.user, person))
  }

  outboxOf(conversation: ConversationId): readonly OutboxRecord[] {
    return this.outbox.get(conversation) ?? this.#state.outbox.get(conversation) ?? []
  }

  setOutgoing(entry: OutboxRecord): void {
    const others = this.outboxOf(entry.conversation).filter(({ order }) => order !== entry.order)
    const all = [...others, entry].sort((a, b) => a.order - b.order)
    this.outbox.set(entry.conversation, all)
    this.outgoing.set(outboxKey(entry.conversation, entry.order), entry)
    this.operations.push(put('outbox', outboxKey(entry.conversation, entry.order), entry))
  }

  dropOutgoing({ conversation, order }: OutboxRecord): void {
    const others = this.outboxOf(conversation).filter((entry) => entry.order !== order)
    this.outbox.set(conversation, others)
    this.outgoing.delete(outboxKey(conversation, order))
    this.operations.push(remove('outbox', outboxKey(conversation, order)))
  }

  /** The first free place at the end of the outbox. */
  nextOrder(conversation: ConversationId): number {
    return Math.max(0, ...this.outboxOf(conversation).map(({ order }) => order)) + 1
  }

  mark(conversation: ConversationId, device: DeviceId): MarkRecord | undefined {
    const key = markKey(conversation, device)
    return this.marks.get(key) ?? this.#state.marks.get(key)
  }

  setMark(mark: MarkRecord): void {
    const key = markKey(mark.conversation, mark.device)
    this.marks.set(key, mark)
    this.operations.push(put('marks', key, mark))
  }

  setMessage(
    conversation: ConversationId,
    message: MessageRecord,
    { isNew }: { readonly isNew: boolean },
  ): void {
    this.operations.push(put('messages', messageKey(conversation, message.seq), message))
    this.news.push({ conversation, message, isNew })
  }

  /** The server has answered for something that a caller may wait for. */
  settle({ id }: { readonly id: string }, error?: ParleyError): void {
    this.settled.push({ id, error })
  }

  /** Told after the store has it. */
  emit(event: ParleyEvent): void {
    this.events.push(event)
  }

  /** Done after the store has it: sending, asking for more. Must not throw. */
  afterwards(act: () => void): void {
    this.later.push(act)
  }
}
