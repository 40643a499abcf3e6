import type { SqliteFile, SqlRow, SqlWrite } from '@parley/engines'
import {
  assert,
  ChatError,
  type ConversationId,
  type ConversationKind,
  type DeviceId,
  decodeCommand,
  type Encryption,
  encodeCommand,
  limits,
  type Role,
  type StoredMessage,
  type UserId,
  unreachable,
} from '@parley/protocol'
import type {
  ConversationPage,
  ConversationRow,
  MemberRow,
  MessageRange,
  MessageStore,
  Snapshot,
} from '../domain/message-store.ts'
import { checksumOf } from './checksum.ts'

// Rowid tables grow at their end, so bodies are written in order; only the small indexes are
// updated at random places. With (conversation, seq) as the primary key writing is far slower.
const schema = [
  `CREATE TABLE IF NOT EXISTS messages (
    conversation TEXT NOT NULL, seq INTEGER NOT NULL, sender TEXT NOT NULL, device TEXT NOT NULL,
    n INTEGER NOT NULL, at_ms INTEGER NOT NULL, counted INTEGER NOT NULL, rules INTEGER NOT NULL,
    command BLOB NOT NULL, body BLOB NOT NULL, is_erased INTEGER NOT NULL,
    source_generation INTEGER NOT NULL, source_offset INTEGER NOT NULL, checksum INTEGER NOT NULL
  ) STRICT`,
  'CREATE UNIQUE INDEX IF NOT EXISTS messages_by_seq ON messages (conversation, seq)',
  `CREATE TABLE IF NOT EXISTS conversation_snapshots (
    conversation TEXT PRIMARY KEY, seq INTEGER NOT NULL, text TEXT NOT NULL) STRICT`,
  `CREATE TABLE IF NOT EXISTS conversation_heads (
    conversation TEXT PRIMARY KEY, kind TEXT NOT NULL, encryption TEXT NOT NULL,
    seq INTEGER NOT NULL, counted INTEGER NOT NULL, at_ms INTEGER NOT NULL) STRICT`,
  `CREATE TABLE IF NOT EXISTS members (
    conversation TEXT NOT NULL, user TEXT NOT NULL, from_seq INTEGER NOT NULL, to_seq INTEGER,
    role TEXT NOT NULL, PRIMARY KEY (conversation, user, from_seq)) STRICT, WITHOUT ROWID`,
  'CREATE INDEX IF NOT EXISTS members_by_user ON members (user, conversation)',
] as const

const insertMessage = `INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (conversation, seq) DO NOTHING`
const insertHead = `INSERT INTO conversation_heads VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT DO NOTHING`
const updateHead = `UPDATE conversation_heads SET seq = ?, counted = ?, at_ms = ?
  WHERE conversation = ? AND seq < ?`
const insertMember = `INSERT INTO members VALUES (?, ?, ?, NULL, ?) ON CONFLICT DO NOTHING`
const endMember = `UPDATE members SET to_seq = ?
  WHERE conversation = ? AND user = ? AND to_seq IS NULL AND from_seq < ?`
const setRole = `UPDATE members SET role = ?
  WHERE conversation = ? AND user = ? AND to_seq IS NULL AND from_seq < ?`
// The same heir as in domain/conversation.ts.
const succeed = `UPDATE members SET role = 'owner'
  WHERE conversation = ?1 AND to_seq IS NULL AND from_seq < ?2 AND user = (
    SELECT user FROM members WHERE conversation = ?1 AND to_seq IS NULL
    ORDER BY role = 'owner' DESC, role = 'admin' DESC, from_seq, user LIMIT 1)`
// Only the sender's own message, or any for somebody with a role.
const eraseBody = `UPDATE messages SET body = x'', is_erased = 1, checksum = 0
  WHERE conversation = ?1 AND seq = ?2 AND (sender = ?3 OR EXISTS (
    SELECT 1 FROM members WHERE conversation = ?1 AND user = ?3 AND to_seq IS NULL
      AND role IN ('owner', 'admin')
      AND 'group' = (SELECT kind FROM conversation_heads WHERE conversation = ?1)))`
const list = `SELECT * FROM messages WHERE conversation = ? AND seq BETWEEN ? AND ?`
const oldestFirst = `${list} ORDER BY seq LIMIT ?`
const newestFirst = `${list} ORDER BY seq DESC LIMIT ?`

/**
 * Messages in the SQLite file of the embedded engines. What was appended is durable before anything
 * that is written after it; what leaves the process waits for `file.durable()`.
 */
export class SqliteMessageStore implements MessageStore {
  readonly #file: SqliteFile

  private constructor(file: SqliteFile) {
    this.#file = file
  }

  static async open(file: SqliteFile): Promise<SqliteMessageStore> {
    await file.define(...schema)
    return new SqliteMessageStore(file)
  }

  append(messages: readonly StoredMessage[]): Promise<void> {
    const writes: SqlWrite[] = []
    for (const message of messages) {
      writes.push(toInsert(message))
      project(message, writes)
    }
    const newest = messages.at(-1)
    if (newest !== undefined && newest.seq > 1) {
      const { seq, counted, atMs, conversation } = newest
      writes.push([updateHead, seq, counted, atMs, conversation, seq])
    }
    return this.#file.apply(writes)
  }

  async list({ conversation, fromSeq, toSeq, order, limit }: MessageRange) {
    assert(limit >= 1 && limit <= limits.storePageRows, 'a page within its limit')
    const statement = order === 'oldest-first' ? oldestFirst : newestFirst
    return this.#file.read(statement, conversation, fromSeq, toSeq, limit).map(toMessage)
  }

  async loadSnapshot(conversation: ConversationId): Promise<Snapshot | undefined> {
    const [row] = this.#file.read(
      'SELECT seq, text FROM conversation_snapshots WHERE conversation = ?',
      conversation,
    )
    return row && { seq: Number(row['seq']), text: String(row['text']) }
  }

  async saveSnapshot(conversation: ConversationId, { seq, text }: Snapshot): Promise<void> {
    // A cache: it rides with the next batch, and is not missed when it is lost.
    this.#file.writeLazily(`snapshot/${conversation}`, [
      `INSERT INTO conversation_snapshots VALUES (?, ?, ?)
        ON CONFLICT DO UPDATE SET seq = excluded.seq, text = excluded.text
        WHERE excluded.seq > conversation_snapshots.seq`,
      conversation,
      seq,
      text,
    ])
  }

  async membershipOf(conversation: ConversationId, user: UserId): Promise<MemberRow | undefined> {
    const [row] = this.#file.read(
      `SELECT user, role, from_seq, to_seq FROM members
        WHERE conversation = ? AND user = ? ORDER BY from_seq DESC LIMIT 1`,
      conversation,
      user,
    )
    return row && toMember(row)
  }

  async membersOf(conversation: ConversationId): Promise<readonly MemberRow[]> {
    return this.#file
      .read(
        `SELECT user, role, from_seq, to_seq FROM members
          WHERE conversation = ? AND to_seq IS NULL ORDER BY from_seq, user`,
        conversation,
      )
      .map(toMember)
  }

  async conversationsOf(user: UserId, { before, limit }: ConversationPage) {
    const rows = this.#file.read(
      `SELECT h.*, m.role, m.from_seq, m.to_seq FROM members m
        JOIN conversation_heads h ON h.conversation = m.conversation
        WHERE m.user = ?1 AND m.from_seq = (
          SELECT max(from_seq) FROM members
          WHERE conversation = m.conversation AND user = ?1)
        AND (h.at_ms, h.conversation) < (?2, ?3)
        ORDER BY h.at_ms DESC, h.conversation DESC LIMIT ?4`,
      user,
      before?.atMs ?? Number.MAX_SAFE_INTEGER,
      before?.conversation ?? '',
      limit,
    )
    return rows.map(toConversation)
  }

  async peersOf(user: UserId, limit: number): Promise<readonly UserId[]> {
    return this.#file
      .read(
        `SELECT DISTINCT other.user FROM members own
          JOIN members other ON other.conversation = own.conversation
          WHERE own.user = ? AND own.to_seq IS NULL AND other.to_seq IS NULL LIMIT ?`,
        user,
        limit,
      )
      .map((row) => row['user'] as UserId)
  }
}

function toInsert(message: StoredMessage): SqlWrite {
  const command = encodeCommand(message.command)
  return [
    insertMessage,
    message.conversation,
    message.seq,
    message.sender,
    message.device,
    message.n,
    message.atMs,
    message.counted,
    message.rules,
    command,
    message.body,
    message.isErased ? 1 : 0,
    message.source.generation,
    message.source.offset,
    checksumOf(command, message.body),
  ]
}

/** What a message says about membership, erasure and the list, as statements. */
function project(message: StoredMessage, writes: SqlWrite[]): void {
  const { conversation, command, sender, seq, counted, atMs } = message
  switch (command.kind) {
    case 'create': {
      const { conversationKind: kind, encryption, members } = command
      writes.push([insertHead, conversation, kind, encryption, seq, counted, atMs])
      writes.push([insertMember, conversation, sender, seq, 'owner'])
      const role = kind === 'direct' ? 'owner' : 'member'
      for (const member of members) writes.push([insertMember, conversation, member, seq, role])
      return
    }
    case 'commit':
      for (const user of command.removeUsers) writes.push([endMember, seq, conversation, user, seq])
      for (const user of command.addUsers)
        writes.push([insertMember, conversation, user, seq, 'member'])
      return
    case 'leave':
      writes.push([endMember, seq, conversation, sender, seq])
      writes.push([succeed, conversation, seq])
      return
    case 'set-role':
      writes.push([setRole, command.role, conversation, command.user, seq])
      return
    case 'erase':
      writes.push([eraseBody, conversation, command.target, sender])
      return
    case 'send':
    case 'system':
      return
    default:
      unreachable(command)
  }
}

function toMessage(row: SqlRow): StoredMessage {
  const { command, body, checksum, is_erased: erased } = row
  assert(command instanceof Uint8Array && body instanceof Uint8Array, 'columns of bytes')
  const isErased = erased === 1
  if (!isErased && checksumOf(command, body) !== checksum)
    throw new ChatError('internal', `row ${row['conversation']}/${row['seq']} is damaged`)
  return {
    conversation: row['conversation'] as ConversationId,
    seq: Number(row['seq']),
    sender: row['sender'] as UserId,
    device: row['device'] as DeviceId,
    n: Number(row['n']),
    atMs: Number(row['at_ms']),
    counted: Number(row['counted']),
    rules: Number(row['rules']),
    command: decodeCommand(command),
    body,
    isErased,
    source: {
      generation: Number(row['source_generation']),
      offset: Number(row['source_offset']),
    },
  }
}

function toMember(row: SqlRow): MemberRow {
  return {
    user: row['user'] as UserId,
    role: row['role'] as Role,
    fromSeq: Number(row['from_seq']),
    toSeq: row['to_seq'] === null ? null : Number(row['to_seq']),
  }
}

function toConversation(row: SqlRow): ConversationRow {
  const { role, fromSeq, toSeq } = toMember(row)
  return {
    conversation: row['conversation'] as ConversationId,
    kind: row['kind'] as ConversationKind,
    encryption: row['encryption'] as Encryption,
    headSeq: Number(row['seq']),
    headCounted: Number(row['counted']),
    lastActivityMs: Number(row['at_ms']),
    role,
    fromSeq,
    toSeq,
  }
}
