import { type Change, type Chat, ChatFault } from '../chat/chat.ts'
import type {
  ConnectionView,
  ConversationView,
  DeviceView,
  MessageView,
  PersonView,
  SafetyCodeView,
  TimelinePage,
} from '../chat/views.ts'
import { anna, ben, everybody, mai, self } from './demo-people.ts'
import { tellStories } from './demo-story.ts'

/**
 * Chats that are made up, in the tab alone: for working on looks without a server. The query says
 * what to show: `?signed-out`, `?empty`, `?connection=offline`, `?now=<ms>`.
 */
export class DemoChat implements Chat {
  readonly #listeners = new Set<(change: Change) => void>()
  readonly #conversations = new Map<string, ConversationView>()
  readonly #messages = new Map<string, MessageView[]>()
  readonly #query: URLSearchParams
  readonly #nowMs: number
  #isVerified = false
  #lastId = 0

  constructor(search: string) {
    this.#query = new URLSearchParams(search)
    this.#nowMs = Number(this.#query.get('now') ?? Date.now())
    if (this.#query.has('empty')) return
    for (const { conversation, messages } of tellStories(this.#nowMs)) {
      this.#conversations.set(conversation.id, conversation)
      this.#messages.set(conversation.id, [...messages])
    }
  }

  subscribe(listener: (change: Change) => void): void {
    this.#listeners.add(listener)
    if (this.#query.has('signed-out')) {
      listener({ kind: 'account', account: { kind: 'signed-out' } })
      return
    }
    this.#signIn()
  }

  prepare(): void {}

  #signIn(): void {
    const device = '01900000-0000-7000-a000-000000000001' as DeviceView['device']
    this.#emit({
      kind: 'account',
      account: { kind: 'signed-in', ...self, device, deviceState: 'active' },
    })
    const state = (this.#query.get('connection') ?? 'online') as ConnectionView['state']
    this.#emit({
      kind: 'connection',
      connection: { state, queued: state === 'online' ? 0 : 2, nextTryAtMs: Date.now() + 20_000 },
    })
    this.#emit({ kind: 'conversations', conversations: [...this.#conversations.values()] })
    this.#emit({ kind: 'presence', presence: { user: anna.user, isOnline: true } })
    this.#emit({
      kind: 'presence',
      presence: { user: mai.user, isOnline: false, lastSeenMs: this.#nowMs - 25 * 60_000 },
    })
    const hike = [...this.#conversations.values()].find(({ kind }) => kind === 'group')
    if (hike !== undefined && this.#query.has('typing'))
      this.#emit({ kind: 'typing', conversation: hike.id, people: [ben] })
  }

  async signUp(input: { name: string; password: string }): Promise<void> {
    if (input.name === 'anna')
      throw new ChatFault('name-taken', { suggestions: ['anna7', 'anna.m', 'anna_river'] })
    if (input.name === 'slow') throw new ChatFault('rate', { retryAfterMs: 40_000 })
    this.#signIn()
  }

  async signIn(input: { name: string; password: string }): Promise<void> {
    if (input.password === 'wrong') throw new ChatFault('bad-credentials')
    this.#signIn()
  }

  async signOut(): Promise<void> {
    this.#emit({ kind: 'account', account: { kind: 'signed-out' } })
  }

  async tryNow(): Promise<void> {
    this.#emit({ kind: 'connection', connection: { state: 'online', queued: 0 } })
  }

  async findPerson(name: string): Promise<PersonView> {
    const person = everybody.find((each) => each.name === name)
    if (person === undefined) throw new ChatFault('not-found')
    return person
  }

  async openDirect(name: string): Promise<string> {
    const { user } = await this.findPerson(name)
    const found = [...this.#conversations.values()].find(({ peer }) => peer === user)
    if (found === undefined) throw new ChatFault('no-device')
    return found.id
  }

  async createGroup(): Promise<string> {
    throw new ChatFault('offline')
  }

  async addMembers(): Promise<void> {}
  async removeMember(): Promise<void> {}
  async setRole(): Promise<void> {}
  async renameGroup(input: { conversation: string; title: string }): Promise<void> {
    this.#change(input.conversation, { title: input.title })
  }
  async leave(conversation: string): Promise<void> {
    this.#change(conversation, { standing: 'left' })
  }

  async timeline({
    conversation,
    before,
    limit,
  }: {
    conversation: string
    before?: number
    limit: number
  }): Promise<TimelinePage> {
    const all = this.#messages.get(conversation) ?? []
    const end = before === undefined ? all.length : all.findIndex(({ seq }) => seq === before)
    const start = Math.max(0, end - limit)
    await new Promise((resolve) => setTimeout(resolve, before === undefined ? 0 : 30))
    return {
      messages: all.slice(start, end),
      isStart: start === 0,
      isEnd: before === undefined,
      isPartial: false,
    }
  }

  async send({ conversation, text }: { conversation: string; text: string }): Promise<void> {
    const view = this.#conversations.get(conversation)
    if (view === undefined) throw new ChatFault('not-a-member')
    const message: MessageView = {
      id: `new-${++this.#lastId}`,
      conversation: view.id,
      sender: self.user,
      senderName: self.displayName,
      isOwn: true,
      atMs: Date.now(),
      content: { kind: 'text', text },
      state: 'sending',
    }
    this.#messages.get(conversation)?.push(message)
    this.#put(message)
    const steps = ['sent', 'delivered', 'read'] as const
    for (const [index, state] of steps.entries())
      setTimeout(() => this.#put({ ...message, seq: view.headSeq + 1, state }), 300 * (index + 1))
  }

  async retry(message: MessageView): Promise<void> {
    this.#put({ ...message, state: 'sent', seq: 1_000 })
  }

  async discard({ conversation, id }: MessageView): Promise<void> {
    this.#emit({ kind: 'messages-gone', conversation, ids: [id] })
  }

  async markRead({ conversation, seq }: { conversation: string; seq: number }): Promise<void> {
    this.#change(conversation, { unread: 0, readSeq: seq })
  }

  async typing(): Promise<void> {}
  async watch(): Promise<void> {}

  async safetyCode(user: string): Promise<SafetyCodeView> {
    const person = everybody.find((each) => each.user === user) ?? anna
    const digits = Array.from({ length: 60 }, (_, index) => ((index * 2_654_435_761) % 97) % 10)
    return { person, digits: digits.join(''), isVerified: this.#isVerified }
  }

  async setVerified({ isVerified }: { isVerified: boolean }): Promise<void> {
    this.#isVerified = isVerified
  }

  async devices(): Promise<readonly DeviceView[]> {
    const dayMs = 24 * 3_600_000
    const device = (number: number, name: string, rest: Partial<DeviceView>): DeviceView => ({
      device: `01900000-0000-7000-a000-00000000000${number}` as DeviceView['device'],
      name,
      platform: 'web',
      addedAtMs: this.#nowMs - 40 * dayMs,
      lastSeenMs: this.#nowMs - number * dayMs,
      isCurrent: false,
      state: 'active',
      ...rest,
    })
    return [
      device(1, 'Chromium on Linux', { isCurrent: true }),
      device(2, 'Safari on iPhone', {}),
      device(0, 'Firefox on Windows', { state: 'pending', addedAtMs: this.#nowMs }),
    ]
  }

  async renameDevice(): Promise<void> {}
  async revokeDevice({ password }: { password: string }): Promise<void> {
    if (password === 'wrong') throw new ChatFault('bad-credentials')
  }
  async approveDevice(): Promise<void> {}
  async changeProfile(): Promise<void> {}
  async readDraft(conversation: string): Promise<string> {
    return conversation.endsWith('4') ? 'And where exactly is' : ''
  }
  async saveDraft(): Promise<void> {}

  #put(message: MessageView): void {
    this.#emit({
      kind: 'messages',
      conversation: message.conversation,
      messages: [message],
      isNew: false,
    })
    this.#change(message.conversation, { last: message, lastActivityMs: message.atMs })
  }

  #change(id: string, change: Partial<ConversationView>): void {
    const view = this.#conversations.get(id)
    if (view === undefined) return
    const conversation = { ...view, ...change }
    this.#conversations.set(id, conversation)
    this.#emit({ kind: 'conversation', conversation })
  }

  #emit(change: Change): void {
    for (const listener of this.#listeners) listener(change)
  }
}
