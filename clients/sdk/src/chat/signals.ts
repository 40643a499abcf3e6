import { type ConversationId, limits, type ServerSignal, type UserId } from '@parley/protocol'
import type { ParleyEvent } from '../events.ts'
import type { Connection } from '../net/connection.ts'
import type { Platform } from '../platform.ts'
import type { LocalState } from '../state/local-state.ts'
import type { Person } from '../views.ts'
import { personOf } from './directory.ts'

export interface SignalsOptions {
  readonly state: LocalState
  readonly platform: Platform
  readonly connection: Connection
  readonly emit: (event: ParleyEvent) => void
}

const typingEveryMs = 4_000
const typingShownMs = 6_000
const typingMembersMax = 256
/** First byte of a sealed signal. */
const typingSignal = 1

/** Typing and presence: shown while it lasts, never kept, lost without harm. */
export class Signals {
  readonly #options: SignalsOptions
  readonly #typedAtMs = new Map<ConversationId, number>()
  readonly #typing = new Map<ConversationId, Map<UserId, Disposable>>()
  #watched: readonly UserId[] = []

  constructor(options: SignalsOptions) {
    this.#options = options
  }

  /** A new socket has to be told again. */
  reset(): void {
    this.#typedAtMs.clear()
    if (this.#watched.length > 0) this.#sendWatched()
  }

  stop(): void {
    for (const people of this.#typing.values())
      for (const timer of people.values()) timer[Symbol.dispose]()
    this.#typing.clear()
  }

  watch(users: readonly UserId[]): void {
    this.#watched = [...new Set(users)].slice(0, limits.watchedUsersMax)
    this.#sendWatched()
  }

  typing(conversation: ConversationId): void {
    const { state, platform, connection } = this.#options
    const record = state.conversations.get(conversation)
    if (!connection.isReady || record?.joinSeq == null || record.isForked) return
    if (record.members.length > typingMembersMax) return
    const nowMs = platform.clock.nowMs()
    if (nowMs - (this.#typedAtMs.get(conversation) ?? 0) < typingEveryMs) return
    this.#typedAtMs.set(conversation, nowMs)
    this.#sendTyping(conversation).catch(() => {})
  }

  async receive(signal: ServerSignal): Promise<void> {
    if (signal.signal === 'presence') {
      const { user, isOnline, lastSeenMs } = signal
      const seen = lastSeenMs > 0 ? { lastSeenMs } : {}
      return this.#options.emit({ kind: 'presence', presence: { user, isOnline, ...seen } })
    }
    const { conversation, sender, device, payload: sealed } = signal
    const { state } = this.#options
    if (state.account === undefined || sender === state.account.user) return
    if (state.conversations.get(conversation)?.joinSeq == null) return
    const opened = await state.transact(({ mls }) =>
      mls.openSignal({ conversation, device, sealed }),
    )
    if (opened?.[0] === typingSignal) this.#showTyping(conversation, sender)
  }

  /** What was being typed has come. */
  hasWritten(conversation: ConversationId, user: UserId): void {
    const people = this.#typing.get(conversation)
    const timer = people?.get(user)
    if (people === undefined || timer === undefined) return
    timer[Symbol.dispose]()
    people.delete(user)
    this.#tell(conversation, people)
  }

  async #sendTyping(conversation: ConversationId): Promise<void> {
    const { state, connection } = this.#options
    const payload = await state.transact(({ mls }) =>
      mls.sealSignal({ conversation, payload: Uint8Array.of(typingSignal) }),
    )
    connection.send({ kind: 'signal', signal: 'sealed', conversation, payload })
  }

  #sendWatched(): void {
    const users = this.#watched
    this.#options.connection.send({ kind: 'signal', signal: 'watch', users })
  }

  #showTyping(conversation: ConversationId, user: UserId): void {
    const people = this.#typing.get(conversation) ?? new Map<UserId, Disposable>()
    this.#typing.set(conversation, people)
    const isNew = !people.has(user)
    people.get(user)?.[Symbol.dispose]()
    const timer = this.#options.platform.clock.after(typingShownMs, () => {
      people.delete(user)
      this.#tell(conversation, people)
    })
    people.set(user, timer)
    if (isNew) this.#tell(conversation, people)
  }

  #tell(conversation: ConversationId, users: ReadonlyMap<UserId, unknown>): void {
    const { state, emit } = this.#options
    const people: Person[] = []
    for (const user of users.keys()) {
      const person = state.people.get(user)
      if (person !== undefined) people.push(personOf(person))
    }
    emit({ kind: 'typing', conversation, people })
  }
}
