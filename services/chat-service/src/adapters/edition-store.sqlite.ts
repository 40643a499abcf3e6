import type { SqliteFile } from '@parley/engines'
import type { EditionChange, EditionStore } from '../consumers/edition-in-force.ts'

const schema = [
  `CREATE TABLE IF NOT EXISTS rules_editions (
    partition INTEGER NOT NULL, source_generation INTEGER NOT NULL, source_offset INTEGER NOT NULL,
    edition INTEGER NOT NULL, PRIMARY KEY (partition, source_generation, source_offset)
  ) STRICT, WITHOUT ROWID`,
] as const

/** Changes of the rules in the SQLite file of the embedded engines. */
export class SqliteEditionStore implements EditionStore {
  readonly #file: SqliteFile

  private constructor(file: SqliteFile) {
    this.#file = file
  }

  static async open(file: SqliteFile): Promise<SqliteEditionStore> {
    await file.define(...schema)
    return new SqliteEditionStore(file)
  }

  async list(partition: number): Promise<readonly EditionChange[]> {
    return this.#file
      .read('SELECT * FROM rules_editions WHERE partition = ?', partition)
      .map((row) => ({
        position: {
          generation: Number(row['source_generation']),
          offset: Number(row['source_offset']),
        },
        edition: Number(row['edition']),
      }))
  }

  put(partition: number, { position, edition }: EditionChange): Promise<void> {
    return this.#file.write([
      [
        'INSERT INTO rules_editions VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
        partition,
        position.generation,
        position.offset,
        edition,
      ],
    ])
  }
}
