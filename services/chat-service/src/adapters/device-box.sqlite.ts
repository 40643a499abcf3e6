import type { SqliteFile } from '@parley/engines'
import { assert, type ConversationId, type DeviceId, limits, type UserId } from '@parley/protocol'
import type { DeviceBox, DeviceBoxEntry, StoredBoxEntry } from '../domain/device-box.ts'

const schema = [
  // AUTOINCREMENT: an id is never given twice, so an acknowledgement covers what it meant.
  `CREATE TABLE IF NOT EXISTS device_box (
    id INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT NOT NULL, device TEXT NOT NULL,
    conversation TEXT NOT NULL, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    welcome BLOB NOT NULL, tree BLOB NOT NULL, UNIQUE (device, conversation, seq)) STRICT`,
] as const
const insert = `INSERT INTO device_box (user, device, conversation, seq, at_ms, welcome, tree)
  VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
const cap = `DELETE FROM device_box WHERE device = ?1 AND id <= (
  SELECT id FROM device_box WHERE device = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)`

/** Device boxes in the SQLite file of the embedded engines. */
export class SqliteDeviceBox implements DeviceBox {
  readonly #file: SqliteFile

  private constructor(file: SqliteFile) {
    this.#file = file
  }

  static async open(file: SqliteFile): Promise<SqliteDeviceBox> {
    await file.define(...schema)
    return new SqliteDeviceBox(file)
  }

  put(entries: readonly DeviceBoxEntry[]): Promise<void> {
    return this.#file.write(
      entries.flatMap(({ user, device, conversation, seq, atMs, welcome, tree }) => [
        [insert, user, device, conversation, seq, atMs, welcome, tree] as const,
        [cap, device, limits.deviceBoxEntriesMax] as const,
      ]),
    )
  }

  async list(device: DeviceId, after: number, limit: number): Promise<readonly StoredBoxEntry[]> {
    return this.#file
      .read(
        'SELECT * FROM device_box WHERE device = ? AND id > ? ORDER BY id LIMIT ?',
        device,
        after,
        limit,
      )
      .map((row) => {
        const { welcome, tree } = row
        assert(welcome instanceof Uint8Array && tree instanceof Uint8Array, 'columns of bytes')
        return {
          id: Number(row['id']),
          user: row['user'] as UserId,
          device,
          conversation: row['conversation'] as ConversationId,
          seq: Number(row['seq']),
          atMs: Number(row['at_ms']),
          welcome,
          tree,
        }
      })
  }

  acknowledge(device: DeviceId, upTo: number): Promise<void> {
    return this.#file.write([['DELETE FROM device_box WHERE device = ? AND id <= ?', device, upTo]])
  }

  trim(beforeMs: number): Promise<void> {
    return this.#file.write([['DELETE FROM device_box WHERE at_ms < ?', beforeMs]])
  }
}
