import { chatRoutes, decodeMessage, type Message as LogMessage, limits } from '@parley/protocol'
import type { TimelineQuery } from '../client.ts'
import { type Api, bytesOf } from '../net/api.ts'
import { ParleyError } from '../parley-error.ts'
import type { LocalState } from '../state/local-state.ts'
import type { ConversationRecord, MessageRecord, StoredContent } from '../state/records.ts'
import { messageKey, parseRow } from '../state/rows.ts'
import type { Message, Timeline } from '../views.ts'
import { systemLine } from './timeline-line.ts'
import type { ViewOf } from './view-of.ts'

export interface TimelinesOptions {
  readonly state: LocalState
  readonly api: Api
  readonly view: ViewOf
}

const pageDefault = 50
const pageMax = 200

/** Pieces of conversations, from the store; what is older than the store comes from the server. */
export class Timelines {
  readonly #options: TimelinesOptions

  constructor(options: TimelinesOptions) {
    this.#options = options
  }

  async read({
    conversation,
    before,
    after,
    around,
    limit = pageDefault,
  }: TimelineQuery): Promise<Timeline> {
    const size = Math.min(Math.max(1, limit), pageMax)
    this.#record(conversation)
    if (around !== undefined) {
      const half = Math.ceil(size / 2)
      const older = await this.#older(conversation, around, half)
      const newer = await this.#newer(conversation, around - 1, size - half + 1)
      return {
        messages: [...older.messages, ...newer.messages],
        isStart: older.isStart,
        isEnd: newer.isEnd,
        isPartial: older.isPartial,
      }
    }
    if (after !== undefined) return await this.#newer(conversation, after, size)
    if (before !== undefined) return await this.#older(conversation, before, size)
    const page = await this.#older(conversation, Number.MAX_SAFE_INTEGER, size)
    return { ...page, messages: [...page.messages, ...this.#outgoing(conversation)], isEnd: true }
  }

  async #older(
    conversation: TimelineQuery['conversation'],
    before: number,
    limit: number,
  ): Promise<Timeline> {
    let rows = await this.#rows(conversation, { to: before, limit, order: 'descending' })
    let isPartial = false
    try {
      while (rows.length < limit && !isComplete(this.#record(conversation))) {
        await this.#fetchOlder(this.#record(conversation), limit)
        rows = await this.#rows(conversation, { to: before, limit, order: 'descending' })
      }
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error
      isPartial = true
    }
    const isStart = rows.length < limit && isComplete(this.#record(conversation))
    return { messages: rows.toReversed(), isStart, isEnd: false, isPartial }
  }

  async #newer(
    conversation: TimelineQuery['conversation'],
    after: number,
    limit: number,
  ): Promise<Timeline> {
    const rows = await this.#rows(conversation, { from: after + 1, limit, order: 'ascending' })
    const isEnd = rows.length < limit
    const messages = isEnd ? [...rows, ...this.#outgoing(conversation)] : rows
    return { messages, isStart: false, isEnd, isPartial: false }
  }

  async #rows(
    conversation: TimelineQuery['conversation'],
    {
      from = 0,
      to = Number.MAX_SAFE_INTEGER,
      limit,
      order,
    }: { from?: number; to?: number; limit: number; order: 'ascending' | 'descending' },
  ): Promise<Message[]> {
    const { state, view } = this.#options
    const range = { from: messageKey(conversation, from), to: messageKey(conversation, to) }
    const rows = await state.store.range('messages', { ...range, limit, order })
    return rows.map(({ value }) => view.message(conversation, parseRow(value)))
  }

  #outgoing(conversation: TimelineQuery['conversation']): readonly Message[] {
    const { state, view } = this.#options
    return (state.outbox.get(conversation) ?? []).flatMap((entry) => view.outgoing(entry) ?? [])
  }

  #record(conversation: TimelineQuery['conversation']): ConversationRecord {
    const record = this.#options.state.conversations.get(conversation)
    if (record === undefined) throw new ParleyError('not-found', 'no such conversation')
    return record
  }

  /** From before this device was there: who did what can be told, what was said cannot. */
  async #fetchOlder(
    { id, storedFromSeq, fromSeq }: ConversationRecord,
    limit: number,
  ): Promise<void> {
    const { api, state } = this.#options
    const page = await api.call(chatRoutes.listMessages, {
      params: { conversation: id },
      query: { before: storedFromSeq, limit: Math.min(limit, limits.historyPageMessagesMax) },
    })
    const messages = page.messages.map((text) => decodeMessage(bytesOf(text)))
    const lowest = Math.min(storedFromSeq, ...messages.map(({ seq }) => seq))
    const isAll = page.isEnd || messages.length === 0
    await state.transact((transaction) => {
      for (const message of messages) {
        const content = contentOf(message)
        if (content !== undefined && message.seq < storedFromSeq)
          transaction.setMessage(id, lineOf(message, content), { isNew: false })
      }
      transaction.change(id, { storedFromSeq: isAll ? Math.min(fromSeq, lowest) : lowest })
    })
  }
}

function isComplete({ storedFromSeq, fromSeq, standing }: ConversationRecord): boolean {
  return storedFromSeq <= Math.max(1, fromSeq) || standing === 'creating'
}

function contentOf(message: LogMessage): StoredContent | undefined {
  if (message.command.kind !== 'send') return systemLine(message)
  if (message.isErased) return { kind: 'erased' }
  return message.command.isSilent ? undefined : { kind: 'unreadable', reason: 'new-device' }
}

function lineOf(
  { seq, sender, device, atMs, counted }: LogMessage,
  content: StoredContent,
): MessageRecord {
  return { id: `s${seq}`, seq, sender, device, atMs, counted, content }
}
