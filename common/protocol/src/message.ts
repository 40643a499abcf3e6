import type { Command } from './command.ts'
import type { ConversationId, DeviceId, UserId } from './ids.ts'
import type { LogPosition } from './log-position.ts'

/** An accepted command in its place in the conversation. The same for every reader. */
export interface Message {
  readonly conversation: ConversationId
  /** 1, 2, 3, ... without holes. */
  readonly seq: number
  readonly sender: UserId
  readonly device: DeviceId
  /** The device's own count, from which retries are recognised. */
  readonly n: number
  /** When the log took it, in ms since 1970. Never less than that of the message before. */
  readonly atMs: number
  /** How many messages up to here count as unread. */
  readonly counted: number
  /** The edition of the rules that accepted it. */
  readonly rules: number
  readonly command: Command
  /** Empty once it was erased. */
  readonly body: Uint8Array
  readonly isErased: boolean
}

/** A message as its store keeps it. */
export interface StoredMessage extends Message {
  /** The log record that this message was made from. */
  readonly source: LogPosition
}
