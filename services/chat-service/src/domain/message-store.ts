import type {
  ConversationId,
  ConversationKind,
  Encryption,
  Role,
  StoredMessage,
  UserId,
} from '@parley/protocol'

/**
 * The messages of all conversations, what they say about membership, and for each conversation a
 * snapshot of what they add up to.
 *
 * The messages are the truth. Membership rows and heads are projections written with them; a
 * snapshot only saves reading them all, and may be lost at any time.
 *
 * - Order. Messages of one conversation are listed by `seq`. Nothing is promised between
 *   conversations.
 * - Durability. When `append` resolves, the messages survive what the engine is built for: a power
 *   cut with the embedded one (fsync), the loss of a zone with the cluster (LOCAL_QUORUM).
 * - Atomicity. The messages of one `append` are of one conversation, dense, and stored all or not.
 * - Idempotency. Appending a message again changes nothing, no matter who does it or how late: a
 *   former owner of the partition may still be writing. An erased body does not come back.
 * - Consistency. A message whose `append` has resolved is in every later `list` of every process.
 * - Concurrency. All methods may be called at once. Callers append to a conversation one call at a
 *   time; different conversations may share a write.
 * - Errors. `ChatError('unavailable')`: the outcome of a write is unknown, doing it again is right.
 *   `ChatError('internal')` of `list`: a row is damaged.
 * - Caller's duty. Two different messages never carry one `seq`; the store does not check this.
 */
export interface MessageStore {
  append(messages: readonly StoredMessage[]): Promise<void>

  /** Of the messages with `fromSeq <= seq <= toSeq` the first `limit`, in the given order. */
  list(range: MessageRange): Promise<readonly StoredMessage[]>

  /** Undefined when there is none, which says nothing about the messages. */
  loadSnapshot(conversation: ConversationId): Promise<Snapshot | undefined>

  /** Of several snapshots of a conversation the one with the highest `seq` stays, in any order. */
  saveSnapshot(conversation: ConversationId, snapshot: Snapshot): Promise<void>

  /** The last membership of the user, ended or not. */
  membershipOf(conversation: ConversationId, user: UserId): Promise<MemberRow | undefined>

  /** Who is a member now. */
  membersOf(conversation: ConversationId): Promise<readonly MemberRow[]>

  /** Conversations of the user by last activity, newest first, ended memberships included. */
  conversationsOf(user: UserId, page: ConversationPage): Promise<readonly ConversationRow[]>

  /** Users who are members of a conversation together with this one now, at most `limit`. */
  peersOf(user: UserId, limit: number): Promise<readonly UserId[]>
}

/** What the sequencer needs of it. */
export type MessageRows = Pick<MessageStore, 'append' | 'list' | 'loadSnapshot' | 'saveSnapshot'>

export interface MessageRange {
  readonly conversation: ConversationId
  /** Both ends belong to the range; it is empty when `fromSeq > toSeq`. */
  readonly fromSeq: number
  readonly toSeq: number
  readonly order: 'oldest-first' | 'newest-first'
  /** 1 to `limits.storePageRows`. */
  readonly limit: number
}

export interface Snapshot {
  /** The newest message that the snapshot covers. */
  readonly seq: number
  /** Made by `encodeSnapshot`; the store does not look inside. */
  readonly text: string
}

export interface MemberRow {
  readonly user: UserId
  readonly role: Role
  readonly fromSeq: number
  readonly toSeq: number | null
}

export interface ConversationPage {
  /** Only what is older than this place: the last row of the page before. */
  readonly before?: { readonly atMs: number; readonly conversation: string } | undefined
  readonly limit: number
}

export interface ConversationRow {
  readonly conversation: ConversationId
  readonly kind: ConversationKind
  readonly encryption: Encryption
  readonly headSeq: number
  readonly headCounted: number
  readonly lastActivityMs: number
  readonly role: Role
  readonly fromSeq: number
  readonly toSeq: number | null
}
