import type { ConversationId, DeviceId, UserId } from './ids.ts'
import type { LogPosition } from './log-position.ts'

/** What a device asks for, as far as the server may read it. */
export type Command =
  | CreateCommand
  | SendCommand
  | CommitCommand
  | { readonly kind: 'leave' }
  | {
      /** Gives somebody else another role, as long as nothing of his membership has changed. */
      readonly kind: 'set-role'
      readonly user: UserId
      readonly role: Role
      /** The `seq` of the last change of that membership. */
      readonly since: number
    }
  /** Drops the body of message `target` everywhere; its row stays. */
  | { readonly kind: 'erase'; readonly target: number }
  | SystemCommand

/**
 * Makes the conversation and, when it is encrypted, its MLS group in one step: the creator has
 * committed the first adds on its own before it asks.
 */
export interface CreateCommand {
  readonly kind: 'create'
  readonly conversationKind: ConversationKind
  readonly encryption: Encryption
  /** Everyone but the sender, who becomes the owner. */
  readonly members: readonly UserId[]
  /** Every leaf of the MLS group, the sender's own device included. Empty without MLS. */
  readonly devices: readonly DeviceOfUser[]
  /** IANA number of the MLS cipher suite, 0 without MLS. */
  readonly suite: number
  /** The MLS epoch that the conversation starts with, 0 without MLS. */
  readonly epoch: number
  /** SHA-256 of the uploaded `CommandBlob` that stands in for body and handshake. */
  readonly blob?: Uint8Array | undefined
}

export interface SendCommand {
  readonly kind: 'send'
  /** The MLS epoch that the body is sealed for, 0 without MLS. */
  readonly epoch: number
  /** How often the device has sealed in this epoch, from 1: rises with every accepted `send`. */
  readonly generation: number
  /** Does not count as unread: receipts, edits, reactions, group information. */
  readonly isSilent: boolean
  /** Commits the sender to the envelope without showing it (e2ee.md, section 9); 32 bytes. */
  readonly commitment: Uint8Array
}

/** An MLS commit (RFC 9420, section 12.4), made for one epoch and opening the next. */
export interface CommitCommand {
  readonly kind: 'commit'
  readonly epoch: number
  readonly addUsers: readonly UserId[]
  readonly removeUsers: readonly UserId[]
  readonly addDevices: readonly DeviceOfUser[]
  readonly removeDevices: readonly DeviceId[]
  readonly blob?: Uint8Array | undefined
}

/** Written by services only: what has become of an account that is in the conversation. */
export interface SystemCommand {
  readonly kind: 'system'
  readonly change: SystemChange
  readonly user: UserId
  /** The device that was revoked; undefined for a deleted account. */
  readonly device?: DeviceId | undefined
}

export type CommandKind = Command['kind']
export type ConversationKind = 'direct' | 'group'
export type Encryption = 'mls' | 'server'
export type Role = 'owner' | 'admin' | 'member'
export type SystemChange = 'device-revoked' | 'account-deleted'

export interface DeviceOfUser {
  readonly user: UserId
  readonly device: DeviceId
}

/** What a joining device needs (RFC 9420, section 12.4.3). */
export interface Handshake {
  readonly welcome: Uint8Array
  readonly tree: Uint8Array
  readonly groupInfo: Uint8Array
}

/** Content of an uploaded blob, for handshakes that are too large for a record. */
export interface CommandBlob {
  readonly body: Uint8Array
  readonly handshake: Handshake | undefined
}

/** What a gateway appends to the log for a device. Sender and device come from the access token. */
export interface CommandEnvelope {
  readonly conversation: ConversationId
  readonly sender: UserId
  readonly device: DeviceId
  /** Counts the commands of this device in this conversation, from 1. A retry keeps its `n`. */
  readonly n: number
  /** The `n` of this device's last accepted command, 0 when there is none. */
  readonly prev: number
  /**
   * The `seq` of the last change to the sender's own membership or role that the device knows of, 0
   * when there is none. It keeps a late copy of a rejected command from being accepted after the sender
   * has left and joined again.
   */
  readonly standing: number
  readonly command: Command
  /** What the members read: opaque to the server when the conversation is encrypted. */
  readonly body: Uint8Array
  /** For the devices that a create or commit adds. Not part of the message. */
  readonly handshake: Handshake | undefined
}

/** A command in its place in the log. */
export interface CommandRecord extends CommandEnvelope {
  readonly position: LogPosition
  /** The edition of the rules that is in force where the record stands. */
  readonly rules: number
  /** Given by the log when it took the record, in ms since 1970. The only time the rules know. */
  readonly timestampMs: number
}
