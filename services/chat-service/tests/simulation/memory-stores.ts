import type { ConversationId, StoredMessage, UserId } from '@parley/protocol'
import type { MessageRange, MessageRows, Snapshot } from '../../src/domain/message-store.ts'
import type { UserLogEntry, UserLogStore } from '../../src/domain/user-log-store.ts'

/** Messages in memory, with what the contract of `MessageStore` promises and no more. */
export class MemoryMessageRows implements MessageRows {
  readonly #messages = new Map<ConversationId, Map<number, StoredMessage>>()
  readonly #snapshots = new Map<ConversationId, Snapshot>()

  async append(messages: readonly StoredMessage[]): Promise<void> {
    for (const message of messages) {
      const rows = this.#messages.get(message.conversation) ?? new Map()
      // The same timestamp, the same row: the last writer wins, and it is the same.
      rows.set(message.seq, message)
      this.#messages.set(message.conversation, rows)
    }
  }

  async list({ conversation, fromSeq, toSeq, order, limit }: MessageRange) {
    const rows = [...(this.#messages.get(conversation)?.values() ?? [])]
      .filter(({ seq }) => seq >= fromSeq && seq <= toSeq)
      .sort((a, b) => (order === 'oldest-first' ? a.seq - b.seq : b.seq - a.seq))
    return rows.slice(0, limit)
  }

  async loadSnapshot(conversation: ConversationId): Promise<Snapshot | undefined> {
    return this.#snapshots.get(conversation)
  }

  async saveSnapshot(conversation: ConversationId, snapshot: Snapshot): Promise<void> {
    const { seq = 0 } = this.#snapshots.get(conversation) ?? {}
    if (snapshot.seq > seq) this.#snapshots.set(conversation, snapshot)
  }
}

/** The user log in memory. The first writer of a place stays, as everywhere. */
export class MemoryUserLog implements UserLogStore {
  readonly #entries = new Map<UserId, Map<number, UserLogEntry>>()

  async append(entries: readonly UserLogEntry[]): Promise<void> {
    for (const entry of entries) {
      const rows = this.#entries.get(entry.user) ?? new Map<number, UserLogEntry>()
      if (!rows.has(entry.pts)) rows.set(entry.pts, entry)
      this.#entries.set(entry.user, rows)
    }
  }

  async head(user: UserId): Promise<UserLogEntry | undefined> {
    return (await this.list(user, 0, Number.MAX_SAFE_INTEGER)).at(-1)
  }

  async list(user: UserId, since: number, limit: number): Promise<readonly UserLogEntry[]> {
    return [...(this.#entries.get(user)?.values() ?? [])]
      .filter(({ pts }) => pts > since)
      .sort((a, b) => a.pts - b.pts)
      .slice(0, limit)
  }

  async trim(): Promise<void> {}
}
