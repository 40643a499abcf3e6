import type { ConversationId, DeviceId, Role, UserId } from '@parley/protocol'
import type { Listener, ParleyEvent } from './events.ts'
import type { LocalStore } from './local-store.ts'
import { ParleyError } from './parley-error.ts'
import type { Platform } from './platform.ts'
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

/**
 * One device of one account: it signs in, talks to the server, encrypts, and keeps what it has
 * read and what it has to send in its store.
 *
 * - Everything that reads works without network; `timeline` asks the server for what is missing.
 * - `send` and membership changes are kept until the server has taken them, over restarts too.
 * - Errors are `ParleyError`s.
 */
export class ParleyClient implements AsyncDisposable {
  /** Loads what the store has, without network. Call `connect` to go online. */
  static async open(options: ParleyOptions): Promise<ParleyClient> {
    throw notYet(options)
  }

  private constructor() {}

  get account(): Account {
    throw notYet()
  }

  get connection(): Connection {
    throw notYet()
  }

  /** Messages in the outbox. */
  get queuedCount(): number {
    throw notYet()
  }

  /** A new account, with this as its first device; goes online when `connect` was called. */
  async signUp(input: { name: string; displayName?: string; password: string }): Promise<void> {
    throw notYet(input)
  }

  /**
   * This device joins the account. Until another device has approved it (`deviceState` is
   * `pending`) it can read and write nothing.
   */
  async signIn(input: { name: string; password: string }): Promise<void> {
    throw notYet(input)
  }

  /** Ends the session and empties the store. The device stays listed until it is revoked. */
  async signOut(): Promise<void> {
    throw notYet()
  }

  /** Goes online, and stays so until `disconnect`: it reconnects by itself. Returns at once. */
  connect(): void {
    throw notYet()
  }

  disconnect(): void {
    throw notYet()
  }

  /** Tries to reach the server now instead of at `nextTryAtMs`. */
  tryNow(): void {
    throw notYet()
  }

  /** Resolves when everything was received that the server had when this was called. */
  async caughtUp(): Promise<void> {
    throw notYet()
  }

  /** Listeners must not throw and must not wait. Disposing the answer ends it. */
  subscribe(listener: Listener): Disposable {
    throw notYet(listener)
  }

  /** The same events, for `for await`. Ends when the client is disposed. */
  events(): AsyncIterableIterator<ParleyEvent> {
    throw notYet()
  }

  /** By last activity, newest first. */
  conversations(): readonly Conversation[] {
    throw notYet()
  }

  conversation(id: ConversationId): Conversation | undefined {
    throw notYet(id)
  }

  /** The one conversation with this person, made now when there is none. Needs the server then. */
  async openDirect(person: UserId | { readonly name: string }): Promise<Conversation> {
    throw notYet(person)
  }

  /** `title` is encrypted. Needs the server. */
  async createGroup(input: {
    title: string
    members: readonly (UserId | { readonly name: string })[]
  }): Promise<Conversation> {
    throw notYet(input)
  }

  /** Resolves when the members are in; the wish is kept when the program ends before that. */
  async addMembers(
    conversation: ConversationId,
    people: readonly (UserId | { readonly name: string })[],
  ): Promise<void> {
    throw notYet(conversation, people)
  }

  async removeMember(conversation: ConversationId, user: UserId): Promise<void> {
    throw notYet(conversation, user)
  }

  async setRole(conversation: ConversationId, user: UserId, role: Role): Promise<void> {
    throw notYet(conversation, user, role)
  }

  async renameGroup(conversation: ConversationId, title: string): Promise<void> {
    throw notYet(conversation, title)
  }

  async leave(conversation: ConversationId): Promise<void> {
    throw notYet(conversation)
  }

  /** The message is in the outbox, durably. Its later states come as events. */
  async send(conversation: ConversationId, content: { text: string }): Promise<Message> {
    throw notYet(conversation, content)
  }

  /** Puts a `failed` message into the outbox again. */
  async retry(conversation: ConversationId, id: string): Promise<void> {
    throw notYet(conversation, id)
  }

  /** Forgets a message that is `failed` or `queued`. False when it is too late for that. */
  async discard(conversation: ConversationId, id: string): Promise<boolean> {
    throw notYet(conversation, id)
  }

  /** Resolves with the message once the server has taken it; rejects when it was refused. */
  async settled(conversation: ConversationId, id: string): Promise<Message> {
    throw notYet(conversation, id)
  }

  async timeline(query: TimelineQuery): Promise<Timeline> {
    throw notYet(query)
  }

  /** Never goes back. Shown to the others within seconds, and later if offline. */
  async markRead(conversation: ConversationId, seq: number): Promise<void> {
    throw notYet(conversation, seq)
  }

  /** Call it on each key stroke: it is sent at most every four seconds, and never kept. */
  typing(conversation: ConversationId): void {
    throw notYet(conversation)
  }

  /** Whose presence is wanted now, at most 50; replaces what was said before. */
  watch(users: readonly UserId[]): void {
    throw notYet(users)
  }

  /** By exact name. */
  async findUser(name: string): Promise<Person> {
    throw notYet(name)
  }

  async profile(user: UserId): Promise<Person> {
    throw notYet(user)
  }

  async changeProfile(input: { displayName?: string; about?: string }): Promise<void> {
    throw notYet(input)
  }

  async safetyNumber(user: UserId): Promise<SafetyNumber> {
    throw notYet(user)
  }

  /** The safety numbers were compared; or, with `false`, no longer count as such. */
  async verifyContact(user: UserId, isVerified = true): Promise<void> {
    throw notYet(user, isVerified)
  }

  /** After `key-changed`: goes on with the new key. */
  async acceptKey(user: UserId): Promise<void> {
    throw notYet(user)
  }

  async devices(): Promise<readonly Device[]> {
    throw notYet()
  }

  async renameDevice(device: DeviceId, name: string): Promise<void> {
    throw notYet(device, name)
  }

  /** Wants the account's password. */
  async revokeDevice(device: DeviceId, password: string): Promise<void> {
    throw notYet(device, password)
  }

  /** Lets a pending device of this account in, and adds it to all conversations. */
  async approveDevice(device: DeviceId): Promise<void> {
    throw notYet(device)
  }

  /** A text that was begun; kept on this device only. Empty when there is none. */
  async readDraft(conversation: ConversationId): Promise<string> {
    throw notYet(conversation)
  }

  async saveDraft(conversation: ConversationId, text: string): Promise<void> {
    throw notYet(conversation, text)
  }

  /** Finishes what is being written, goes offline, and closes the store. */
  async [Symbol.asyncDispose](): Promise<void> {}
}

function notYet(..._input: readonly unknown[]): ParleyError {
  return new ParleyError('unavailable', 'this part is not here yet')
}
