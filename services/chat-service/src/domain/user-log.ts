import {
  type ConversationId,
  type DeviceId,
  decodeMessage,
  type LogPosition,
  logStart,
  type Message,
  type UserId,
  userEventParts,
} from '@parley/protocol'
import type { UserLogEntry } from './user-log-store.ts'

/** All that is known of a user's log: where it stands. */
export interface UserLog {
  readonly user: UserId
  readonly pts: number
  /** The record that the newest entry was made from. */
  readonly source: LogPosition
  /**
   * The newest message of each conversation that has an entry. The sequencer may publish a message
   * again after a crash; it is told by its seq. Bounded by what a restart reads back, which is more
   * than can be published again.
   */
  readonly newest: ReadonlyMap<ConversationId, number>
}

/** What the user's devices are told: the message of an entry, or an answer to one device. */
export type UserLogEvent =
  | { readonly kind: 'entry'; readonly entry: UserLogEntry; readonly message: Uint8Array }
  | {
      readonly kind: 'answer'
      readonly user: UserId
      readonly device: DeviceId
      readonly frame: Uint8Array
    }

export const emptyUserLog = (user: UserId): UserLog => ({
  user,
  pts: 0,
  source: logStart,
  newest: new Map(),
})

export interface UserLogRecord {
  readonly position: LogPosition
  readonly timestampMs: number
  /** Encoded `UserEvent`. */
  readonly value: Uint8Array
}

/** Gives an event its place in the log of its user. Pure, as `decide` of the sequencer. */
export function enter(
  log: UserLog,
  { position, timestampMs, value }: UserLogRecord,
): {
  readonly state: UserLog
  readonly entry: UserLogEntry | undefined
  readonly publish: readonly UserLogEvent[]
} {
  const parts = userEventParts(value)
  if (parts.kind === 'answer') {
    const { device, frame } = parts
    return {
      state: log,
      entry: undefined,
      publish: [{ kind: 'answer', user: log.user, device, frame }],
    }
  }
  const { conversation, seq } = headOf(parts.message)
  if (seq <= (log.newest.get(conversation) ?? 0))
    return { state: log, entry: undefined, publish: [] }
  const entry: UserLogEntry = {
    user: log.user,
    pts: log.pts + 1,
    conversation,
    seq,
    atMs: timestampMs,
    source: position,
  }
  const publish = [{ kind: 'entry', entry, message: parts.message }] as const
  return { state: withEntry(log, entry), entry, publish }
}

export function withEntry(log: UserLog, entry: UserLogEntry): UserLog {
  // One more entry changes one key: the map is shared between the states, which only look forward.
  const newest = log.newest as Map<ConversationId, number>
  newest.set(entry.conversation, Math.max(entry.seq, newest.get(entry.conversation) ?? 0))
  return { user: log.user, pts: entry.pts, source: entry.source, newest }
}

// The members of a conversation get the same bytes, one after another.
let lastBytes: Uint8Array | undefined
let lastMessage: Pick<Message, 'conversation' | 'seq'> | undefined

function headOf(bytes: Uint8Array): Pick<Message, 'conversation' | 'seq'> {
  if (
    lastBytes?.buffer === bytes.buffer &&
    lastBytes.byteOffset === bytes.byteOffset &&
    lastMessage
  )
    return lastMessage
  lastMessage = decodeMessage(bytes)
  lastBytes = bytes
  return lastMessage
}
