import type {
  AccountView,
  ConnectionView,
  ConversationView,
  DeviceView,
  MessageView,
  PersonView,
  PresenceView,
  RoleView,
  SafetyCodeView,
  TimelinePage,
} from './views.ts'

/**
 * The chats of this browser, as a tab sees them: one account, one socket and one store behind it,
 * however many tabs are open.
 *
 * - Order.        Changes arrive in the order in which they happened, and before the answer to the
 *                 call that caused them.
 * - Durability.   `send` has resolved: the message is in the outbox on this device's disk.
 * - Errors.       A call is rejected with a `ChatFault`. Being offline is no fault of `send`.
 * - Concurrency.  Anything may be called at once.
 */
export interface Chat {
  /** The state so far comes first, as changes. */
  subscribe(listener: (change: Change) => void): void

  /** The person is about to sign in: what that needs may be loaded. */
  prepare(): void

  signUp(input: { name: string; displayName: string; password: string }): Promise<void>
  signIn(input: { name: string; password: string }): Promise<void>
  /** Wipes this device. */
  signOut(): Promise<void>
  tryNow(): Promise<void>

  findPerson(name: string): Promise<PersonView>
  openDirect(name: string): Promise<string>
  createGroup(input: { title: string; names: readonly string[] }): Promise<string>
  addMembers(input: { conversation: string; names: readonly string[] }): Promise<void>
  removeMember(input: { conversation: string; user: string }): Promise<void>
  setRole(input: { conversation: string; user: string; role: RoleView }): Promise<void>
  renameGroup(input: { conversation: string; title: string }): Promise<void>
  leave(conversation: string): Promise<void>

  /** A page of `limit`: the newest, or what comes before that `seq`. */
  timeline(input: { conversation: string; before?: number; limit: number }): Promise<TimelinePage>
  send(input: { conversation: string; text: string }): Promise<void>
  retry(message: MessageView): Promise<void>
  discard(message: MessageView): Promise<void>
  markRead(input: { conversation: string; seq: number }): Promise<void>
  typing(conversation: string): Promise<void>
  /** Whose presence this tab shows now; replaces what it said before. */
  watch(users: readonly string[]): Promise<void>

  safetyCode(user: string): Promise<SafetyCodeView>
  setVerified(input: { user: string; isVerified: boolean }): Promise<void>
  devices(): Promise<readonly DeviceView[]>
  renameDevice(input: { device: string; name: string }): Promise<void>
  revokeDevice(input: { device: string; password: string }): Promise<void>
  approveDevice(device: string): Promise<void>
  changeProfile(input: { displayName: string }): Promise<void>

  readDraft(conversation: string): Promise<string>
  saveDraft(input: { conversation: string; text: string }): Promise<void>
}

export type Change =
  | { readonly kind: 'account'; readonly account: AccountView }
  | { readonly kind: 'connection'; readonly connection: ConnectionView }
  /** The whole list: at the start, and after another account. */
  | { readonly kind: 'conversations'; readonly conversations: readonly ConversationView[] }
  | { readonly kind: 'conversation'; readonly conversation: ConversationView }
  | { readonly kind: 'conversation-gone'; readonly conversation: string }
  /** New messages and changed ones alike. */
  | {
      readonly kind: 'messages'
      readonly conversation: string
      readonly messages: readonly MessageView[]
      /** They were received just now. */
      readonly isNew: boolean
    }
  | {
      readonly kind: 'messages-gone'
      readonly conversation: string
      readonly ids: readonly string[]
    }
  | {
      readonly kind: 'typing'
      readonly conversation: string
      readonly people: readonly PersonView[]
    }
  | { readonly kind: 'presence'; readonly presence: PresenceView }
  | { readonly kind: 'devices'; readonly hasPending: boolean }

export const faultCodes = [
  'bad-credentials',
  'name-taken',
  'weak-password',
  'bad-name',
  'rate',
  'not-a-member',
  'not-allowed',
  'full',
  'device-limit',
  'too-large',
  'not-found',
  'no-device',
  'device-pending',
  'key-changed',
  'offline',
  'revoked',
  'unsupported-version',
  'overloaded',
  'storage-blocked',
  'insecure-origin',
  'internal',
] as const

export type FaultCode = (typeof faultCodes)[number]

/** A refusal that a person can read: its code has a sentence in the words. */
export class ChatFault extends Error {
  override readonly name = 'ChatFault'
  readonly code: FaultCode
  readonly retryAfterMs: number | undefined
  /** With `name-taken`: names that are free. */
  readonly suggestions: readonly string[]
  /** For "Details": what happened, in words for the makers. */
  readonly detail: string

  constructor(
    code: FaultCode,
    {
      detail = '',
      retryAfterMs,
      suggestions = [],
    }: { detail?: string; retryAfterMs?: number | undefined; suggestions?: readonly string[] } = {},
  ) {
    super(detail === '' ? code : `${code}: ${detail}`)
    this.code = code
    this.retryAfterMs = retryAfterMs
    this.suggestions = suggestions
    this.detail = detail
  }
}
