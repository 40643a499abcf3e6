import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ChatError } from '@parley/protocol'
import { FileBlobStore } from './blob-store/blob-store.files.ts'
import type { BlobStore } from './blob-store/blob-store.ts'
import { MemoryBus } from './bus/bus.memory.ts'
import type { Bus } from './bus/bus.ts'
import { MemoryEphemeralStore } from './ephemeral-store/ephemeral-store.memory.ts'
import type { EphemeralStore } from './ephemeral-store/ephemeral-store.ts'
import { EmbeddedEventLog } from './event-log/event-log.embedded.ts'
import { MemorySessionRegistry } from './session-registry/session-registry.memory.ts'
import type { SessionRegistry } from './session-registry/session-registry.ts'
import { openSqliteSql } from './sql/sql.sqlite.ts'
import type { Migrations, SqlEngine } from './sql/sql.ts'
import { type CommitFacts, SqliteFile } from './sqlite/sqlite-file.ts'

export interface EmbeddedEngines extends AsyncDisposable {
  readonly eventLog: EmbeddedEventLog
  readonly bus: Bus
  readonly sessionRegistry: SessionRegistry
  readonly ephemeralStore: EphemeralStore
  readonly blobStore: BlobStore
  /** The file of the log, which services may share for rows that are written on the message path. */
  readonly file: SqliteFile
  /** Made with the data folder; another one tells clients to reload. */
  readonly epoch: string
  openSql<Tables>(name: string, migrations: Migrations): Promise<SqlEngine<Tables>>
  /** Random bytes that are made once and kept in `secrets/`, readable by the owner alone. */
  secret(name: string, bytes: number): Promise<Uint8Array>
}

export interface EmbeddedEnginesOptions {
  readonly dataFolder: string
  readonly partitions?: number
  readonly nowMs: () => number
  readonly monotonicMs: () => number
  readonly onCommit?: (facts: CommitFacts) => void
}

/**
 * All engines of a process that needs no other: SQLite, files and memory in one folder.
 *
 * Errors: `ChatError('conflict')` when another process uses the folder.
 */
export async function openEmbeddedEngines({
  dataFolder,
  partitions = 4,
  nowMs,
  monotonicMs,
  onCommit,
}: EmbeddedEnginesOptions): Promise<EmbeddedEngines> {
  await using resources = new AsyncDisposableStack()
  await mkdir(join(dataFolder, 'secrets'), { recursive: true, mode: 0o700 })
  await chmod(dataFolder, 0o700)
  const lock = resources.adopt(lockFolder(dataFolder), (database) => database.close())
  const epoch = readOrMake(lock, 'epoch', () => randomBytes(12).toString('base64url'))
  const generation = Number(readOrMake(lock, 'generation', () => '1'))

  const path = join(dataFolder, 'parley.db')
  const file = resources.use(
    await SqliteFile.open(path, onCommit === undefined ? {} : { onCommit }),
  )
  const eventLog = resources.use(
    await EmbeddedEventLog.open({ file, generation, partitions, nowMs }),
  )
  const bus = resources.use(new MemoryBus())
  const sessionRegistry = resources.use(new MemorySessionRegistry({ nowMs: monotonicMs }))
  const ephemeralStore = resources.use(new MemoryEphemeralStore({ nowMs: monotonicMs }))
  const blobStore = resources.use(new FileBlobStore(join(dataFolder, 'blobs')))
  const owned = resources.move()
  return {
    eventLog,
    bus,
    sessionRegistry,
    ephemeralStore,
    blobStore,
    file,
    epoch,
    openSql: async (name, migrations) =>
      owned.use(await openSqliteSql(join(dataFolder, `${name}.db`), migrations)),
    secret: (name, bytes) => loadOrMakeSecret(join(dataFolder, 'secrets', name), bytes),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** A second process is refused as long as this one lives; killing this one frees the folder. */
function lockFolder(dataFolder: string): DatabaseSync {
  const database = new DatabaseSync(join(dataFolder, 'lock.db'))
  try {
    database.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      BEGIN EXCLUSIVE;
      CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
      COMMIT;
    `)
    return database
  } catch (cause) {
    database.close()
    throw new ChatError('conflict', `another process uses the data folder ${dataFolder}`, { cause })
  }
}

function readOrMake(database: DatabaseSync, name: string, make: () => string): string {
  database.prepare('INSERT OR IGNORE INTO facts VALUES (?, ?)').run(name, make())
  return String(database.prepare('SELECT value FROM facts WHERE name = ?').get(name)?.['value'])
}

async function loadOrMakeSecret(path: string, bytes: number): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch {
    const secret = randomBytes(bytes)
    await writeFile(path, secret, { mode: 0o600, flag: 'wx', flush: true })
    return secret
  }
}
