import type { ConversationId, ConversationKind, DeviceId, Role, UserId } from '@parley/protocol'

/**
 * What a program sees: plain values, whole each time, that can be copied between threads. A new
 * value replaces the old one of the same id.
 */
export type Account =
  | { readonly kind: 'signed-out'; readonly reason?: 'revoked' | 'expired' | 'copied' }
  | {
      readonly kind: 'signed-in'
      readonly user: UserId
      readonly name: string
      readonly displayName: string
      readonly device: DeviceId
      /** `pending`: another device of the account has to approve this one first. */
      readonly deviceState: 'active' | 'pending'
    }

export type ConnectionState =
  | 'online'
  | 'connecting'
  | 'catching-up'
  /** Nothing answers at all. */
  | 'offline'
  /** Something answers, but not the server. */
  | 'unreachable'
  /** The server asked for patience. */
  | 'busy'
  /** This program is too old for the server. It does not try again. */
  | 'update-needed'
  /** There is no account here, or this device was revoked. */
  | 'signed-out'
  /** This device's data runs twice. It does not try again. */
  | 'copied'

export interface Connection {
  readonly state: ConnectionState
  /** When the next try comes, in ms since 1970; only while it waits for one. */
  readonly nextTryAtMs?: number
  /** Messages in the outbox of this device. */
  readonly queued: number
}

export interface Person {
  readonly user: UserId
  readonly name: string
  readonly displayName: string
  readonly about?: string
}

export interface Member extends Person {
  readonly role: Role
  readonly isSelf: boolean
  readonly isVerified: boolean
}

/**
 * - `creating`: made on this device, the server does not know it yet.
 * - `joining`: known by name, but this device is not yet in its encryption group.
 * - `left`, `removed`: can be read up to there.
 */
export type Standing = 'creating' | 'joining' | 'member' | 'left' | 'removed'

export interface Conversation {
  readonly id: ConversationId
  readonly kind: ConversationKind
  readonly isEncrypted: boolean
  /** The group's name, or the display name of the other person. */
  readonly title: string
  /** Only who is a member now. */
  readonly members: readonly Member[]
  /** In a direct conversation the other person; oneself in notes to oneself. */
  readonly peer?: UserId
  readonly standing: Standing
  readonly role: Role
  /** The newest message that is worth a line in a list. */
  readonly last?: Message
  /** Messages of others that this user has not read on any device. */
  readonly unread: number
  /** The user's own read position. */
  readonly readSeq: number
  readonly headSeq: number
  readonly lastActivityMs: number
}

/**
 * - `queued`: in the outbox, kept on this device.
 * - `sending`: handed over, no answer yet.
 * - `sent`: ordered, stored, replicated.
 * - `delivered`, `read`: in a direct conversation by the other person, in a group by everybody.
 * - `failed`: refused; never because of being offline. See `fault`.
 *
 * Messages of others are always `sent`.
 */
export type MessageState = 'queued' | 'sending' | 'sent' | 'delivered' | 'read' | 'failed'

/** Why a message was refused. */
export type SendFault =
  | 'not-a-member'
  | 'not-allowed'
  | 'too-large'
  | 'key-changed'
  | 'no-device'
  | 'full'
  | 'device-copied'
  | 'internal'

export type Content =
  | { readonly kind: 'text'; readonly text: string }
  /** Its key is on the way; it becomes readable, or `unreadable`. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'unreadable'; readonly reason: UnreadableReason }
  /** Of a newer program. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'erased' }
  | SystemContent

/**
 * - `before-joining`: this device was not in the conversation yet.
 * - `new-device`: sent before this device was added to the account.
 * - `damaged`: cannot be opened although it should be.
 */
export type UnreadableReason = 'before-joining' | 'new-device' | 'damaged'

/** A line of the conversation itself, made from what the server ordered, checked against MLS. */
export interface SystemContent {
  readonly kind: 'system'
  readonly change:
    | 'created'
    | 'added'
    | 'left'
    | 'removed'
    | 'renamed'
    | 'role'
    | 'device-added'
    | 'device-removed'
    | 'key-changed'
  /** Whom it happened to. */
  readonly people: readonly Person[]
  /** With `renamed` the new name, with `role` the new role. */
  readonly text?: string
}

export interface Message {
  /** The same from writing to reading; unique in its conversation, on this device. */
  readonly id: string
  readonly conversation: ConversationId
  /** Missing until the server has given it a place. */
  readonly seq?: number
  readonly sender: UserId
  readonly senderName: string
  readonly isOwn: boolean
  /** The server's time once it has a place, before that the device's. */
  readonly atMs: number
  readonly content: Content
  readonly state: MessageState
  /** With `failed`. */
  readonly fault?: SendFault
}

/** A piece of a conversation, oldest first. What has no `seq` yet comes last, in order of writing. */
export interface Timeline {
  readonly messages: readonly Message[]
  /** Nothing older exists that this account may see. */
  readonly isStart: boolean
  /** Nothing newer exists. */
  readonly isEnd: boolean
  /** Messages are missing in between or around because the server cannot be asked now. */
  readonly isPartial: boolean
}

export interface Presence {
  readonly user: UserId
  readonly isOnline: boolean
  /** In steps of five minutes; missing when not known. */
  readonly lastSeenMs?: number
}

export interface Device {
  readonly device: DeviceId
  readonly name: string
  readonly platform: 'web' | 'node' | 'other'
  readonly addedAtMs: number
  readonly lastSeenMs: number
  readonly isCurrent: boolean
  readonly state: 'active' | 'pending'
}

export interface SafetyNumber {
  readonly person: Person
  /** 60 digits, the same on both sides. Shown in 12 groups of 5. */
  readonly digits: string
  readonly isVerified: boolean
}
