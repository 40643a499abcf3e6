import {
  type ConversationId,
  chatRoutes,
  decodeMessage,
  type Event,
  limits,
  type Ready,
  type SyncPage,
} from '@parley/protocol'
import { type Api, bytesOf } from '../net/api.ts'
import type { Connection } from '../net/connection.ts'
import { ParleyError } from '../parley-error.ts'
import type { Platform } from '../platform.ts'
import type { LocalState } from '../state/local-state.ts'
import type { ConversationRecord } from '../state/records.ts'
import { withState } from './conversation-state.ts'
import type { DeviceBox } from './device-box.ts'
import type { Inbox } from './inbox.ts'
import { newConversation } from './log-state.ts'

export interface SyncOptions {
  readonly state: LocalState
  readonly api: Api
  readonly platform: Platform
  readonly connection: Connection
  readonly inbox: Inbox
  readonly box: DeviceBox
  /** Everything that the server had is here. Called after each time that something was missing. */
  readonly onLive: () => void
  readonly onState: () => void
}

type Summary = ReturnType<typeof chatRoutes.listConversations.answer.parse>['conversations'][number]

const eventsAtOnce = 200
const waitingMax = 2_000
const pageMs = 15_000
const decode = (text: string) => decodeMessage(bytesOf(text))

/**
 * Brings this device to where the server is, and keeps it there: live events in their order, the
 * user log where some are missing, lists and histories where even that is too old.
 */
export class Sync {
  readonly #options: SyncOptions
  /** Rises with each socket: work that was begun for an older one ends. */
  #turn = 0
  #isRunning = false
  #isLive = false
  #needsLists = false
  /** The newest place of the user log that was heard of. */
  #head = 0
  #events: Event[] = []
  #request = 0
  #page: { readonly request: number; readonly answer: PromiseWithResolvers<SyncPage> } | undefined
  #wake: (() => void) | undefined
  #waiting: (() => void)[] = []

  constructor(options: SyncOptions) {
    this.#options = options
  }

  /** Nothing is missing, as far as is known. */
  get isLive(): boolean {
    return this.#isLive
  }

  start({ epoch, pts }: Ready): void {
    const { cursor } = this.#options.state
    this.#turn += 1
    this.#events = []
    this.#head = pts
    this.#isLive = false
    // A server that knows less than this device, or other things, has another store.
    this.#needsLists = cursor === undefined || cursor.epoch !== epoch || cursor.pts > pts
    this.#run(this.#turn).catch(() => this.#options.connection.restart())
  }

  stop(): void {
    this.#turn += 1
    this.#isLive = false
    this.#events = []
    this.#page?.answer.reject(new ParleyError('offline'))
    this.#wake?.()
  }

  onEvent(event: Event): void {
    this.#head = Math.max(this.#head, event.pts)
    // What does not fit is read from the user log.
    if (this.#events.length < waitingMax) this.#events.push(event)
    this.#wake?.()
  }

  onPage(page: SyncPage): void {
    if (page.request === this.#page?.request) this.#page.answer.resolve(page)
  }

  onHeartbeat(pts: number): void {
    if (pts <= this.#head) return
    this.#head = pts
    this.#wake?.()
  }

  /** An answer of the server does not fit what is known here: looks whether something is missing. */
  check(): void {
    const pts = this.#options.state.cursor?.pts ?? 0
    this.#head = Math.max(this.#head, pts + 1)
    this.#wake?.()
  }

  /** Histories that are behind are read. */
  wake(): void {
    this.#wake?.()
  }

  /** Resolves as soon as nothing is missing. */
  async live(): Promise<void> {
    if (this.#isLive && this.#head <= (this.#options.state.cursor?.pts ?? 0)) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push(resolve)
    await promise
  }

  async #run(turn: number): Promise<void> {
    // The one for the socket before ends at its next step.
    while (this.#isRunning) await this.#options.state.exclusive(async () => {})
    this.#isRunning = true
    try {
      while (turn === this.#turn) {
        if (await this.#step(turn)) continue
        if (turn !== this.#turn) return
        this.#becomeLive()
        await this.#sleep()
      }
    } finally {
      this.#isRunning = false
    }
  }

  /** True when there was something to do. */
  async #step(turn: number): Promise<boolean> {
    const { state } = this.#options
    if (this.#needsLists) {
      this.#leaveLive()
      await this.#readLists(turn)
      return true
    }
    const cursor = state.cursor ?? { epoch: '', pts: 0 }
    const next = this.#takeEvents(cursor.pts)
    if (next.length > 0) {
      const pts = cursor.pts + next.length
      await this.#options.inbox.apply(
        next.map(({ message }) => message),
        { ...cursor, pts },
      )
      return true
    }
    if (this.#head > cursor.pts) {
      this.#leaveLive()
      await this.#readLog(turn)
      return true
    }
    const behind = this.#behind()
    if (behind === undefined) return false
    this.#leaveLive()
    await this.#readHistory(behind)
    return true
  }

  /** Those that follow without a gap. */
  #takeEvents(pts: number): readonly Event[] {
    this.#events = this.#events.filter((event) => event.pts > pts)
    const next: Event[] = []
    for (const event of this.#events) {
      if (event.pts === pts + next.length + 1) next.push(event)
      if (next.length >= eventsAtOnce) break
    }
    return next
  }

  async #readLog(turn: number): Promise<void> {
    const { state, connection, platform, inbox } = this.#options
    const { epoch, pts: since } = state.cursor ?? { epoch: '', pts: 0 }
    this.#request += 1
    const answer = Promise.withResolvers<SyncPage>()
    this.#page = { request: this.#request, answer }
    connection.send({ kind: 'sync', request: this.#request, epoch, since })
    using _ = platform.clock.after(pageMs, () => answer.reject(new ParleyError('timeout')))
    const page = await answer.promise
    if (turn !== this.#turn) return
    if (page.verdict !== 'entries') {
      this.#needsLists = true
      return
    }
    const messages: Event['message'][] = []
    let pts = since
    for (const event of page.events)
      if (event.pts === pts + 1) {
        messages.push(event.message)
        pts += 1
      }
    if (messages.length > 0) await inbox.apply(messages, { epoch, pts })
    // Somebody had heard of more than there is.
    if (page.isLast)
      this.#head = Math.max(page.head, pts, ...this.#events.map((event) => event.pts))
  }

  /** The state sync: every conversation by last activity; what they have said is read afterwards. */
  async #readLists(turn: number): Promise<void> {
    const { state, api, box } = this.#options
    await box.read()
    let before: string | undefined
    let cursor: { readonly epoch: string; readonly pts: number } | undefined
    for (;;) {
      const page = await api.call(chatRoutes.listConversations, {
        query: { before, limit: limits.conversationPageMax },
      })
      if (turn !== this.#turn) return
      cursor ??= { epoch: page.epoch, pts: page.pts }
      await this.#takeSummaries(page.conversations)
      if (page.next === null) break
      before = page.next
    }
    const reached = cursor
    await state.transact((transaction) => transaction.setCursor(reached))
    this.#head = Math.max(reached.pts, ...this.#events.map(({ pts }) => pts))
    this.#needsLists = false
  }

  async #takeSummaries(summaries: readonly Summary[]): Promise<void> {
    const { state } = this.#options
    const records: ConversationRecord[] = []
    for (const summary of summaries) records.push(await this.#recordOf(summary))
    await state.transact((transaction) => {
      for (const fresh of records) {
        const known = transaction.conversation(fresh.id)
        const isAhead = known !== undefined && known.appliedSeq > fresh.appliedSeq
        if (!isAhead) transaction.setConversation(fresh)
      }
    })
  }

  async #recordOf(summary: Summary): Promise<ConversationRecord> {
    const { state, box } = this.#options
    const { conversation: id, headSeq, readSeq, readCounted, fromSeq } = summary
    const known = state.conversations.get(id)
    if (known !== undefined && known.standing !== 'creating') {
      const isRead = readSeq > known.readSeq
      const hasReturned = known.toSeq !== null && fromSeq > known.toSeq
      return {
        ...known,
        headSeq: Math.max(known.headSeq, headSeq),
        ...(isRead ? { readSeq, readCounted } : {}),
        ...(hasReturned ? { appliedSeq: Math.max(known.appliedSeq, fromSeq - 1) } : {}),
      }
    }
    const welcome = box.first(id)
    const fresh: ConversationRecord = {
      ...(known ?? newConversation(id, summary.kind)),
      headSeq,
      readSeq,
      readCounted,
      fromSeq,
      role: summary.role,
      lastActivityMs: summary.lastActivityMs,
      counted: summary.headCounted,
    }
    if (known !== undefined) return fresh
    if (welcome !== undefined && welcome.seq <= headSeq)
      return { ...fresh, appliedSeq: welcome.seq - 1, storedFromSeq: welcome.seq }
    return await this.#unreadable(fresh, summary)
  }

  /** This device is not in it (yet): what was said is for others, who is in it is not. */
  async #unreadable(
    fresh: ConversationRecord,
    { headSeq, toSeq, head }: Summary,
  ): Promise<ConversationRecord> {
    const { inbox, state } = this.#options
    const now = await inbox.readState(fresh.id)
    const own = state.account
    if (own === undefined) throw new ParleyError('signed-out')
    const record = withState(fresh, now, own.user)
    const last = head === null ? undefined : decode(head)
    return {
      ...record,
      appliedSeq: headSeq,
      storedFromSeq: headSeq + 1,
      logSeq: headSeq,
      headSeq,
      toSeq,
      lastActivityMs: last?.atMs ?? record.lastActivityMs,
    }
  }

  #behind(): ConversationId | undefined {
    let first: ConversationRecord | undefined
    for (const record of this.#options.state.conversations.values())
      if (
        record.appliedSeq < record.headSeq &&
        (first === undefined || record.lastActivityMs > first.lastActivityMs)
      )
        first = record
    return first?.id
  }

  async #readHistory(conversation: ConversationId): Promise<void> {
    const { state, api, inbox } = this.#options
    const record = state.conversations.get(conversation)
    if (record === undefined) return
    const page = await api.call(chatRoutes.listMessages, {
      params: { conversation },
      query: { after: record.appliedSeq, limit: limits.historyPageMessagesMax },
    })
    const messages = page.messages.map(decode)
    const first = messages[0]
    if (first !== undefined && first.seq > record.appliedSeq + 1)
      // What lies between is not for this account.
      await state.transact((transaction) => {
        transaction.change(conversation, { appliedSeq: first.seq - 1 })
      })
    if (messages.length > 0) await inbox.apply(messages)
    if (!page.isEnd && messages.length > 0) return
    await state.transact((transaction) => {
      const now = transaction.conversation(conversation)
      if (now === undefined || now.headSeq <= now.appliedSeq) return
      // There is no more of it for this account, whatever was heard.
      transaction.setConversation({ ...now, headSeq: now.appliedSeq })
    })
  }

  #becomeLive(): void {
    if (this.#isLive) return this.#tellWaiting()
    this.#isLive = true
    this.#options.onLive()
    this.#options.onState()
    this.#tellWaiting()
  }

  #leaveLive(): void {
    if (!this.#isLive) return
    this.#isLive = false
    this.#options.onState()
  }

  #tellWaiting(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }

  async #sleep(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    const pts = this.#options.state.cursor?.pts ?? 0
    const hasWork = this.#head > pts || this.#needsLists || this.#behind() !== undefined
    if (!hasWork) await promise
    this.#wake = undefined
  }
}
