import type { SqliteFile } from '@parley/engines'
import { assert, type ConversationId, type DeviceId, type UserId } from '@parley/protocol'
import type { MarkRow, MarkStore } from '../domain/mark-store.ts'

const schema = [
  `CREATE TABLE IF NOT EXISTS marks (
    conversation TEXT NOT NULL, user TEXT NOT NULL, device TEXT NOT NULL, version INTEGER NOT NULL,
    read_seq INTEGER NOT NULL, blob BLOB NOT NULL, PRIMARY KEY (conversation, user, device)
  ) STRICT, WITHOUT ROWID`,
] as const

/** Marks in the SQLite file of the embedded engines. */
export class SqliteMarkStore implements MarkStore {
  readonly #file: SqliteFile

  private constructor(file: SqliteFile) {
    this.#file = file
  }

  static async open(file: SqliteFile): Promise<SqliteMarkStore> {
    await file.define(...schema)
    return new SqliteMarkStore(file)
  }

  put({ conversation, user, device, version, readSeq, blob }: MarkRow): Promise<void> {
    return this.#file.write([
      [
        `INSERT INTO marks VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
          SET version = excluded.version, read_seq = max(read_seq, excluded.read_seq),
            blob = excluded.blob
          WHERE excluded.version > marks.version`,
        conversation,
        user,
        device,
        version,
        readSeq,
        blob,
      ],
    ])
  }

  async list(conversation: ConversationId): Promise<readonly MarkRow[]> {
    return this.#file
      .read('SELECT * FROM marks WHERE conversation = ?', conversation)
      .map((row) => {
        const { blob } = row
        assert(blob instanceof Uint8Array, 'a column of bytes')
        return {
          conversation,
          user: row['user'] as UserId,
          device: row['device'] as DeviceId,
          version: Number(row['version']),
          readSeq: Number(row['read_seq']),
          blob,
        }
      })
  }

  async readSeqOf(user: UserId, conversation: ConversationId): Promise<number> {
    const [row] = this.#file.read(
      'SELECT max(read_seq) AS seq FROM marks WHERE conversation = ? AND user = ?',
      conversation,
      user,
    )
    return Number(row?.['seq'] ?? 0)
  }
}
