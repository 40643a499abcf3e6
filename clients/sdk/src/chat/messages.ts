import type { ConversationId, Role, UserId } from '@parley/protocol'
import { ParleyError } from '../parley-error.ts'
import type { Platform } from '../platform.ts'
import type { LocalState } from '../state/local-state.ts'
import type { MessageRecord, OutboxRecord, Outgoing } from '../state/records.ts'
import { keysOf, parseRow } from '../state/rows.ts'
import type { Message } from '../views.ts'
import type { Marks } from './marks.ts'
import { isTooLong, newOutgoing } from './outgoing.ts'
import type { ViewOf } from './view-of.ts'
import type { Waiters } from './waiters.ts'

export interface MessagesOptions {
  readonly state: LocalState
  readonly platform: Platform
  readonly view: ViewOf
  readonly marks: Marks
  readonly waiters: Waiters
  readonly pump: (conversation: ConversationId) => void
}

const searchedMax = 500

/** What this account says, from the moment it is written until the server has taken it. */
export class Messages {
  readonly #options: MessagesOptions

  constructor(options: MessagesOptions) {
    this.#options = options
  }

  async send(
    conversation: ConversationId,
    { text }: { readonly text: string },
    { readUpTo }: { readonly readUpTo?: number | undefined } = {},
  ): Promise<Message> {
    if (text.trim() === '') throw new ParleyError('bad-request', 'a message has text')
    if (isTooLong(text)) throw new ParleyError('too-large', 'a message has 16 KiB at most')
    const { view, marks, state } = this.#options
    const what = { kind: 'text', text: text.toWellFormed().normalize('NFC') } as const
    const entry = await state.transact(async (transaction) => {
      const record = transaction.conversation(conversation)
      if (record === undefined) throw new ParleyError('not-found', 'no such conversation')
      if (record.standing === 'left' || record.standing === 'removed')
        throw new ParleyError('not-a-member')
      const made = newOutgoing(transaction, { ...this.#options, conversation, what })
      const isReading = readUpTo === undefined
      transaction.setOutgoing({ ...made, isReading })
      if (readUpTo !== undefined) await marks.read(transaction, conversation, readUpTo)
      return made
    })
    this.#options.pump(conversation)
    const message = view.outgoing(entry)
    if (message === undefined) throw new ParleyError('internal')
    return message
  }

  async retry(conversation: ConversationId, id: string): Promise<void> {
    const { state, pump } = this.#options
    await state.transact((transaction) => {
      const entry = transaction.outboxOf(conversation).find((each) => each.id === id)
      if (entry?.state !== 'failed') throw new ParleyError('not-found', 'nothing to send again')
      transaction.dropOutgoing(entry)
      const order = transaction.nextOrder(conversation)
      transaction.setOutgoing({ ...entry, order, state: 'waiting', fault: null })
    })
    pump(conversation)
  }

  async discard(conversation: ConversationId, id: string): Promise<boolean> {
    return await this.#options.state.transact((transaction) => {
      const entry = transaction.outboxOf(conversation).find((each) => each.id === id)
      if (entry === undefined || entry.state === 'sealed') return false
      transaction.dropOutgoing(entry)
      transaction.gone.push({ conversation, id })
      transaction.settle(entry, new ParleyError('gone', 'it was discarded'))
      return true
    })
  }

  /** Resolves with the message as the server has it. */
  async settled(conversation: ConversationId, id: string): Promise<Message> {
    const { waiters } = this.#options
    const entry = this.#find(conversation, id)
    if (entry?.state === 'failed') throw new ParleyError(entry.fault ?? 'internal')
    if (entry !== undefined) await waiters.wait(id)
    return await this.#stored(conversation, id)
  }

  /** Something else than a message; resolves when the server has taken it. */
  async command(
    conversation: ConversationId,
    what: Extract<Outgoing, { kind: 'leave' | 'set-role' | 'group-info' }>,
  ): Promise<void> {
    const { state, waiters, pump } = this.#options
    const id = await state.transact((transaction) => {
      if (transaction.conversation(conversation)?.standing !== 'member')
        throw new ParleyError('not-a-member')
      const entry = newOutgoing(transaction, { ...this.#options, conversation, what })
      transaction.setOutgoing(entry)
      return entry.id
    })
    const done = waiters.wait(id)
    pump(conversation)
    await done
  }

  setRole(conversation: ConversationId, user: UserId, role: Role): Promise<void> {
    return this.command(conversation, { kind: 'set-role', user, role })
  }

  #find(conversation: ConversationId, id: string): OutboxRecord | undefined {
    return this.#options.state.outbox.get(conversation)?.find((entry) => entry.id === id)
  }

  async #stored(conversation: ConversationId, id: string): Promise<Message> {
    const { state, view } = this.#options
    const range = { ...keysOf(conversation), limit: searchedMax, order: 'descending' } as const
    for (const { value } of await state.store.range('messages', range)) {
      const message = parseRow<MessageRecord>(value)
      if (message.id === id) return view.message(conversation, message)
    }
    const failed = this.#find(conversation, id)
    throw new ParleyError(failed?.fault ?? 'not-found', 'no such message')
  }
}
