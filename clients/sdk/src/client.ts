import {
  accountRoutes,
  type ConversationId,
  type DeviceId,
  type Role,
  type UserId,
} from '@parley/protocol'
import { personOf } from './chat/directory.ts'
import type { Listener, ParleyEvent } from './events.ts'
import type { LocalStore } from './local-store.ts'
import { ParleyError } from './parley-error.ts'
import { Parts } from './parts.ts'
import type { Platform } from './platform.ts'
import { parseRow, put, remove } from './state/rows.ts'
import type {
  Account,
  Connection,
  Conversation,
  Device,
  Message,
  Person,
  SafetyNumber,
  Timeline,
} from './views.ts'

export interface ParleyOptions {
  /** Of the server: `https://chat.example.org`. */
  readonly url: string
  /** This device's own; disposed together with the client. */
  readonly store: LocalStore
  readonly platform: Platform
  /** What the account's other devices call this one: `Firefox on Linux`. */
  readonly deviceName: string
  /** Program and version, for the server's log: `echo-bot/1`. */
  readonly clientName: string
}

export interface TimelineQuery {
  readonly conversation: ConversationId
  /** Only messages below, above, or around this `seq`; the newest when all are missing. */
  readonly before?: number
  readonly after?: number
  readonly around?: number
  /** 1-200; 50 when missing. */
  readonly limit?: number
}

/** Somebody, by id or by exact name. */
export type PersonName = UserId | { readonly name: string }

export interface NewAccount {
  /** 3 to 32 of `a-z`, `0-9`, `_` and `.`; others find the account by it. */
  readonly name: string
  readonly displayName?: string
  /** 15 characters at least. */
  readonly password: string
}

export interface NewGroup {
  readonly title: string
  readonly members: readonly PersonName[]
}

/**
 * One device of one account: it signs in, talks to the server, encrypts, and keeps what it has
 * read and what it has to send in its store.
 *
 * - Everything that reads works without network; `timeline` asks the server for what is missing.
 * - `send` and membership changes are kept until the server has taken them, over restarts too.
 * - Errors are `ParleyError`s.
 */
export class ParleyClient implements AsyncDisposable {
  readonly #parts: Parts
  readonly #end = new AbortController()

  /** Loads what the store has, without network. Call `connect` to go online. */
  static async open(options: ParleyOptions): Promise<ParleyClient> {
    return new ParleyClient(await Parts.open(options))
  }

  private constructor(parts: Parts) {
    this.#parts = parts
  }

  get account(): Account {
    return this.#parts.account
  }

  get connection(): Connection {
    return this.#parts.connectionView
  }

  /** Messages in the outbox that are on their way or will be. */
  get queuedCount(): number {
    return this.#parts.queued
  }

  /** A new account, with this as its first device; goes online when `connect` was called. */
  async signUp(input: NewAccount): Promise<void> {
    await this.#parts.accounts.signUp(input)
  }

  /**
   * This device joins the account. Until another device has approved it (`deviceState` is
   * `pending`) it can read and write nothing. On a device that was signed out by the server it goes
   * on where it was.
   */
  async signIn(input: { readonly name: string; readonly password: string }): Promise<void> {
    await this.#parts.accounts.signIn(input)
  }

  /** Ends the session and empties the store. The device stays listed until it is revoked. */
  async signOut(): Promise<void> {
    await this.#parts.accounts.signOut()
  }

  /** Goes online, and stays so until `disconnect`: it reconnects by itself. Returns at once. */
  connect(): void {
    this.#parts.wantsConnection = true
    if (this.#parts.accounts.isSignedIn) this.#parts.connection.start()
  }

  disconnect(): void {
    this.#parts.wantsConnection = false
    this.#parts.connection.stop()
  }

  /** Tries to reach the server now instead of at `nextTryAtMs`. */
  tryNow(): void {
    this.#parts.connection.tryNow()
  }

  /** Resolves when everything was received that the server had when this was called. */
  async caughtUp(): Promise<void> {
    await this.#parts.sync.live()
  }

  /** Listeners must not throw and must not wait. Disposing the answer ends it. */
  subscribe(listener: Listener): Disposable {
    return this.#parts.publisher.subscribe(listener)
  }

  /** The same events, for `for await`, from now on. Ends when the client is disposed. */
  events(): AsyncIterableIterator<ParleyEvent> {
    return this.#parts.publisher.events(this.#end.signal)
  }

  /** By last activity, newest first. */
  conversations(): readonly Conversation[] {
    const { state, view } = this.#parts
    const all = [...state.conversations.values()].map((record) => view.conversation(record))
    return all.sort((a, b) => b.lastActivityMs - a.lastActivityMs)
  }

  conversation(id: ConversationId): Conversation | undefined {
    const record = this.#parts.state.conversations.get(id)
    return record && this.#parts.view.conversation(record)
  }

  /** The one conversation with this person, made now when there is none. Needs the server then. */
  async openDirect(person: PersonName): Promise<Conversation> {
    const user = await this.#userOf(person)
    return this.#known(await this.#parts.groups.openDirect(user))
  }

  /** `title` is encrypted. Needs the server. */
  async createGroup({ title, members }: NewGroup): Promise<Conversation> {
    const users = await this.#usersOf(members)
    return this.#known(await this.#parts.groups.createGroup(title, users))
  }

  /** Resolves when the members are in; the wish is kept when the program ends before that. */
  async addMembers(conversation: ConversationId, people: readonly PersonName[]): Promise<void> {
    const users = await this.#usersOf(people)
    await this.#parts.groups.wish(conversation, { kind: 'add-users', users })
  }

  async removeMember(conversation: ConversationId, user: UserId): Promise<void> {
    await this.#parts.groups.wish(conversation, { kind: 'remove-users', users: [user] })
  }

  async setRole(conversation: ConversationId, user: UserId, role: Role): Promise<void> {
    await this.#parts.messages.setRole(conversation, user, role)
  }

  async renameGroup(conversation: ConversationId, title: string): Promise<void> {
    await this.#parts.messages.command(conversation, { kind: 'group-info', title })
  }

  async leave(conversation: ConversationId): Promise<void> {
    await this.#parts.messages.command(conversation, { kind: 'leave' })
  }

  /**
   * The message is in the outbox, durably. Its later states come as events. With `readUpTo` the
   * same step marks what it answers as read: a bot that is killed answers nothing twice.
   */
  async send(
    conversation: ConversationId,
    content: { readonly text: string },
    options: { readonly readUpTo?: number } = {},
  ): Promise<Message> {
    return await this.#parts.messages.send(conversation, content, options)
  }

  /** Puts a `failed` message into the outbox again. */
  async retry(conversation: ConversationId, id: string): Promise<void> {
    await this.#parts.messages.retry(conversation, id)
  }

  /** Forgets a message that is `failed` or `queued`. False when it is too late for that. */
  async discard(conversation: ConversationId, id: string): Promise<boolean> {
    return await this.#parts.messages.discard(conversation, id)
  }

  /** Resolves with the message once the server has taken it; rejects when it was refused. */
  async settled(conversation: ConversationId, id: string): Promise<Message> {
    return await this.#parts.messages.settled(conversation, id)
  }

  async timeline(query: TimelineQuery): Promise<Timeline> {
    this.#parts.marks.refresh(query.conversation).catch(() => {})
    return await this.#parts.timelines.read(query)
  }

  /** Never goes back. Shown to the others within seconds, and later if offline. */
  async markRead(conversation: ConversationId, seq: number): Promise<void> {
    await this.#parts.marks.markRead(conversation, seq)
  }

  /** Call it on each key stroke: it is sent at most every four seconds, and never kept. */
  typing(conversation: ConversationId): void {
    this.#parts.signals.typing(conversation)
  }

  /** Whose presence is wanted now, at most 50; replaces what was said before. */
  watch(users: readonly UserId[]): void {
    this.#parts.signals.watch(users)
  }

  /** By exact name. */
  async findUser(name: string): Promise<Person> {
    return personOf(await this.#parts.directory.find(name))
  }

  /** As it was seen last; the server is asked for people who are not known yet. */
  async profile(user: UserId): Promise<Person> {
    const known = this.#parts.state.people.get(user)
    if (known !== undefined && known.name !== '') return personOf(known)
    const read = await this.#parts.directory.refresh(user)
    if (read === undefined) throw new ParleyError('not-found')
    return personOf(read)
  }

  async changeProfile(input: {
    readonly displayName?: string
    readonly about?: string
  }): Promise<void> {
    await this.#parts.accounts.changeProfile(input)
  }

  async safetyNumber(user: UserId): Promise<SafetyNumber> {
    return await this.#parts.directory.safetyNumber(user)
  }

  /** The safety numbers were compared; or, with `false`, no longer count as such. */
  async verifyContact(user: UserId, isVerified = true): Promise<void> {
    await this.#parts.directory.setVerified(user, isVerified)
  }

  /** After `key-changed`: goes on with the new key. */
  async acceptKey(user: UserId): Promise<void> {
    await this.#parts.directory.acceptKey(user)
    this.#parts.outbox.pumpAll()
  }

  async devices(): Promise<readonly Device[]> {
    return await this.#parts.identity.devices()
  }

  async renameDevice(device: DeviceId, name: string): Promise<void> {
    const call = { params: { device }, body: { name } }
    await this.#parts.session.api.call(accountRoutes.renameDevice, call)
  }

  /** Wants the account's password. */
  async revokeDevice(device: DeviceId, password: string): Promise<void> {
    const call = { params: { device }, body: { password } }
    await this.#parts.session.api.call(accountRoutes.revokeDevice, call)
  }

  /** Lets a pending device of this account in, and adds it to all conversations. */
  async approveDevice(device: DeviceId): Promise<void> {
    await this.#parts.identity.approve(device)
    await this.#parts.groups.wishDevice(device)
  }

  /** A text that was begun; kept on this device only. Empty when there is none. */
  async readDraft(conversation: ConversationId): Promise<string> {
    const bytes = await this.#parts.state.store.get('drafts', conversation)
    return bytes === undefined ? '' : parseRow<string>(bytes)
  }

  async saveDraft(conversation: ConversationId, text: string): Promise<void> {
    await this.#parts.state.transact(({ operations }) => {
      operations.push(
        text === '' ? remove('drafts', conversation) : put('drafts', conversation, text),
      )
    })
  }

  /** Finishes what is being written, goes offline, and closes the store. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort()
    await this.#parts.close()
  }

  async #userOf(person: PersonName): Promise<UserId> {
    if (typeof person !== 'string') return (await this.#parts.directory.find(person.name)).user
    return person
  }

  async #usersOf(people: readonly PersonName[]): Promise<readonly UserId[]> {
    const users: UserId[] = []
    for (const person of people) users.push(await this.#userOf(person))
    return users
  }

  #known(id: ConversationId): Conversation {
    const known = this.conversation(id)
    if (known === undefined) throw new ParleyError('internal', 'the conversation is not there')
    return known
  }
}
