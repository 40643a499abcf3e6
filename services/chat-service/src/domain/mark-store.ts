import type { ConversationId, DeviceId, UserId } from '@parley/protocol'

/** How far a device has read, and what it says of that to others. */
export interface MarkRow {
  readonly conversation: ConversationId
  readonly user: UserId
  readonly device: DeviceId
  readonly version: number
  readonly readSeq: number
  readonly blob: Uint8Array
}

/** The newest mark of each device in each conversation: a lower version changes nothing. */
export interface MarkStore {
  put(mark: MarkRow): Promise<void>
  list(conversation: ConversationId): Promise<readonly MarkRow[]>
  /** The highest read position of the user's devices. */
  readSeqOf(user: UserId, conversation: ConversationId): Promise<number>
}
