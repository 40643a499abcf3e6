import type { ConversationId, LogPosition, UserId } from '@parley/protocol'

/** A place in the log of a user: a pointer to a message. */
export interface UserLogEntry {
  readonly user: UserId
  /** 1, 2, 3, ... without holes. */
  readonly pts: number
  readonly conversation: ConversationId
  readonly seq: number
  readonly atMs: number
  /** The record of topic `user-events` that it was made from. */
  readonly source: LogPosition
}

/**
 * The sync log of every user: which messages came for him, in the order in which they came.
 *
 * - Order, idempotency, durability, errors. As `MessageStore`.
 * - Retention. Entries older than `limits.syncAgeMsMax` may be gone, the newest of a user never.
 */
export interface UserLogStore {
  append(entries: readonly UserLogEntry[]): Promise<void>
  /** The newest entry; undefined for a user without any. */
  head(user: UserId): Promise<UserLogEntry | undefined>
  /** Entries with `pts > since`, oldest first. */
  list(user: UserId, since: number, limit: number): Promise<readonly UserLogEntry[]>
  trim(beforeMs: number): Promise<void>
}
