import type { SqliteFile, SqlRow } from '@parley/engines'
import type { ConversationId, UserId } from '@parley/protocol'
import type { UserLogEntry, UserLogStore } from '../domain/user-log-store.ts'

const schema = [
  `CREATE TABLE IF NOT EXISTS user_log (
    user TEXT NOT NULL, pts INTEGER NOT NULL, conversation TEXT NOT NULL, seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL, source_generation INTEGER NOT NULL, source_offset INTEGER NOT NULL
  ) STRICT`,
  'CREATE UNIQUE INDEX IF NOT EXISTS user_log_by_pts ON user_log (user, pts)',
] as const
const insert = 'INSERT INTO user_log VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING'

/** The user log in the SQLite file of the embedded engines; durable as its messages are. */
export class SqliteUserLogStore implements UserLogStore {
  readonly #file: SqliteFile

  private constructor(file: SqliteFile) {
    this.#file = file
  }

  static async open(file: SqliteFile): Promise<SqliteUserLogStore> {
    await file.define(...schema)
    return new SqliteUserLogStore(file)
  }

  append(entries: readonly UserLogEntry[]): Promise<void> {
    return this.#file.apply(
      entries.map(({ user, pts, conversation, seq, atMs, source }) => [
        insert,
        user,
        pts,
        conversation,
        seq,
        atMs,
        source.generation,
        source.offset,
      ]),
    )
  }

  async head(user: UserId): Promise<UserLogEntry | undefined> {
    const [row] = this.#file.read(
      'SELECT * FROM user_log WHERE user = ? ORDER BY pts DESC LIMIT 1',
      user,
    )
    return row && toEntry(row)
  }

  async list(user: UserId, since: number, limit: number): Promise<readonly UserLogEntry[]> {
    return this.#file
      .read(
        'SELECT * FROM user_log WHERE user = ? AND pts > ? ORDER BY pts LIMIT ?',
        user,
        since,
        limit,
      )
      .map(toEntry)
  }

  trim(beforeMs: number): Promise<void> {
    return this.#file.write([
      [
        `DELETE FROM user_log WHERE at_ms < ? AND pts < (
          SELECT max(pts) FROM user_log newest WHERE newest.user = user_log.user)`,
        beforeMs,
      ],
    ])
  }
}

function toEntry(row: SqlRow): UserLogEntry {
  return {
    user: row['user'] as UserId,
    pts: Number(row['pts']),
    conversation: row['conversation'] as ConversationId,
    seq: Number(row['seq']),
    atMs: Number(row['at_ms']),
    source: {
      generation: Number(row['source_generation']),
      offset: Number(row['source_offset']),
    },
  }
}
