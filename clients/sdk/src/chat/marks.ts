import { type ConversationId, chatRoutes, limits, type ServerMark } from '@parley/protocol'
import { type Api, bytesOf } from '../net/api.ts'
import type { Connection } from '../net/connection.ts'
import type { Platform } from '../platform.ts'
import type { LocalState } from '../state/local-state.ts'
import type { ConversationRecord, MarkRecord, MessageRecord } from '../state/records.ts'
import { messageKey, parseRow } from '../state/rows.ts'
import type { Transaction } from '../state/transaction.ts'

export interface MarksOptions {
  readonly state: LocalState
  readonly api: Api
  readonly platform: Platform
  readonly connection: Connection
}

/** Members up to which a conversation shows who has received and read what. */
export const receiptMembersMax = 32
const everyMs = 1_000
/** Marks that left in that time before a socket broke may be lost. */
const doubtMs = 30_000
const changedMax = 200

/**
 * How far this account has received and read, told to the others and to its own devices; and how
 * far the others have. Lost ones are made good by the next.
 */
export class Marks {
  readonly #options: MarksOptions
  readonly #timers = new Map<ConversationId, Disposable>()
  readonly #sentAtMs = new Map<ConversationId, number>()
  /** Sent again although nothing has changed. */
  readonly #doubtful = new Set<ConversationId>()
  readonly #refreshed = new Set<ConversationId>()

  constructor(options: MarksOptions) {
    this.#options = options
  }

  /** A new socket: what left shortly before the old one broke may be lost. */
  reset(): void {
    const nowMs = this.#options.platform.clock.nowMs()
    for (const [conversation, atMs] of this.#sentAtMs)
      if (nowMs - atMs < doubtMs) this.#doubtful.add(conversation)
    this.#refreshed.clear()
    for (const conversation of this.#options.state.conversations.keys()) this.touch(conversation)
  }

  stop(): void {
    for (const timer of this.#timers.values()) timer[Symbol.dispose]()
    this.#timers.clear()
  }

  /** Something may have to be told, now or within a second. */
  touch(conversation: ConversationId, { isDoubtful = false } = {}): void {
    const { platform, connection } = this.#options
    if (isDoubtful) this.#doubtful.add(conversation)
    if (this.#timers.has(conversation) || !connection.isReady) return
    const nowMs = platform.clock.nowMs()
    const dueMs = (this.#sentAtMs.get(conversation) ?? 0) + everyMs
    if (!this.#hasNews(conversation)) return
    const timer = platform.clock.after(Math.max(0, dueMs - nowMs), () => {
      this.#timers.delete(conversation)
      this.#send(conversation).catch(() => {})
    })
    this.#timers.set(conversation, timer)
  }

  /** The user has seen everything up to here. */
  async markRead(conversation: ConversationId, seq: number): Promise<void> {
    await this.#options.state.transact((transaction) => this.read(transaction, conversation, seq))
    this.touch(conversation)
  }

  async read(transaction: Transaction, conversation: ConversationId, seq: number): Promise<void> {
    const record = transaction.conversation(conversation)
    if (record === undefined) return
    const upTo = Math.min(seq, record.headSeq)
    if (upTo <= record.readSeq) return
    const counted = await this.#countedAt(record, upTo)
    const readCounted = Math.max(record.readCounted, counted)
    transaction.setConversation({ ...record, readSeq: upTo, readCounted })
  }

  async receive(mark: ServerMark): Promise<void> {
    const { state } = this.#options
    const { conversation, user, device, blob, readSeq } = mark
    const own = state.account
    if (own === undefined || device === own.device) return
    await state.transact(async (transaction) => {
      if (user === own.user) await this.read(transaction, conversation, readSeq)
      const record = transaction.conversation(conversation)
      if (record?.joinSeq == null || blob.length === 0) return
      const opened = await transaction.mls.openMark({ conversation, device, sealed: blob })
      if (opened === undefined || opened.user !== user) return
      const before = transaction.mark(conversation, device)
      if (before !== undefined && before.version >= opened.version) return
      const { version } = opened
      const after: MarkRecord = {
        conversation,
        device,
        user,
        version,
        // Nobody has received what does not exist, and nobody goes back.
        deliveredSeq: highest(before?.deliveredSeq, opened.deliveredSeq, record.headSeq),
        readSeq: highest(before?.readSeq, opened.readSeq, record.headSeq),
      }
      transaction.setMark(after)
      transaction.setConversation(record)
      await this.#tellStates(transaction, { before, after })
    })
  }

  /** What the server has of the others' marks, once per socket. */
  async refresh(conversation: ConversationId): Promise<void> {
    const { api, connection } = this.#options
    if (!connection.isReady || this.#refreshed.has(conversation)) return
    this.#refreshed.add(conversation)
    const { marks } = await api.call(chatRoutes.listMarks, { params: { conversation } })
    for (const mark of marks)
      await this.receive({ ...mark, kind: 'mark', conversation, blob: bytesOf(mark.blob) })
  }

  #hasNews(conversation: ConversationId): boolean {
    const { state } = this.#options
    const record = state.conversations.get(conversation)
    const own = state.account
    if (record === undefined || own === undefined || record.toSeq !== null) return false
    if (record.standing !== 'member' && record.standing !== 'joining') return false
    if (this.#doubtful.has(conversation)) return true
    const told = state.marks.get(`${conversation}/${own.device}`)
    if (record.readSeq > (told?.readSeq ?? 0)) return true
    return showsReceipts(record) && record.appliedSeq > (told?.deliveredSeq ?? 0)
  }

  async #send(conversation: ConversationId): Promise<void> {
    const { state, connection, platform } = this.#options
    if (!connection.isReady || !this.#hasNews(conversation)) return
    await state.transact(async (transaction) => {
      const record = transaction.conversation(conversation)
      const { user, device } = transaction.own
      if (record === undefined) return
      const version = (transaction.mark(conversation, device)?.version ?? 0) + 1
      const { readSeq } = record
      const mark = { version, deliveredSeq: Math.max(record.appliedSeq, readSeq), readSeq }
      const isShown = showsReceipts(record) && !record.isForked
      const blob = isShown
        ? await transaction.mls.sealMark({ conversation, mark })
        : new Uint8Array()
      if (blob.length > limits.markBlobBytesMax) return
      transaction.setMark({ conversation, device, user, ...mark })
      transaction.afterwards(() => {
        this.#doubtful.delete(conversation)
        this.#sentAtMs.set(conversation, platform.clock.nowMs())
        connection.send({ kind: 'mark', conversation, version, readSeq, blob })
      })
    })
  }

  /** Own messages that have become `delivered` or `read` by this. */
  async #tellStates(
    transaction: Transaction,
    { before, after }: { before: MarkRecord | undefined; after: MarkRecord },
  ): Promise<void> {
    const { conversation } = after
    const fromSeq = Math.min(
      after.deliveredSeq > (before?.deliveredSeq ?? 0) ? (before?.deliveredSeq ?? 0) : Infinity,
      after.readSeq > (before?.readSeq ?? 0) ? (before?.readSeq ?? 0) : Infinity,
    )
    if (fromSeq === Infinity) return
    const rows = await this.#options.state.store.range('messages', {
      from: messageKey(conversation, fromSeq + 1),
      to: messageKey(conversation, Math.max(after.deliveredSeq, after.readSeq) + 1),
      limit: changedMax,
      order: 'descending',
    })
    for (const { value } of rows.toReversed()) {
      const message = parseRow<MessageRecord>(value)
      if (message.sender === transaction.own.user)
        transaction.news.push({ conversation, message, isNew: false })
    }
  }

  /** How many messages count up to this one. */
  async #countedAt(record: ConversationRecord, seq: number): Promise<number> {
    if (seq >= record.appliedSeq) return record.counted
    const [row] = await this.#options.state.store.range('messages', {
      from: messageKey(record.id, 0),
      to: messageKey(record.id, seq + 1),
      limit: 1,
      order: 'descending',
    })
    return row === undefined ? 0 : parseRow<MessageRecord>(row.value).counted
  }
}

export function showsReceipts({ joinSeq, members }: ConversationRecord): boolean {
  return joinSeq !== null && members.length <= receiptMembersMax
}

function highest(before = 0, now: number, head: number): number {
  return Math.max(before, Math.min(now, head))
}
