import { Buffer } from 'node:buffer'
import { randomBytes } from 'node:crypto'
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ChatError } from '@parley/protocol'
import { FileBlobStore } from './blob-store/blob-store.files.ts'
import type { BlobStore } from './blob-store/blob-store.ts'
import { MemoryBus } from './bus/bus.memory.ts'
import type { Bus } from './bus/bus.ts'
import { lockFolder } from './data-folder/folder-lock.ts'
import { loadOrMakeSecret } from './data-folder/secret-file.ts'
import { MemoryEphemeralStore } from './ephemeral-store/ephemeral-store.memory.ts'
import type { EphemeralStore } from './ephemeral-store/ephemeral-store.ts'
import { EmbeddedEventLog } from './event-log/event-log.embedded.ts'
import type { EventLog, Topic } from './event-log/event-log.ts'
import { MemorySessionRegistry } from './session-registry/session-registry.memory.ts'
import type { SessionRegistry } from './session-registry/session-registry.ts'
import { openSqliteSql } from './sql/sql.sqlite.ts'
import type { Migrations, SqlEngine } from './sql/sql.ts'
import { type CommitFacts, SqliteFile } from './sqlite/sqlite-file.ts'

export interface EmbeddedEngines extends AsyncDisposable {
  /** Its readers are early: what leaves the process because of a record waits for `file.durable()`. */
  readonly eventLog: EventLog
  readonly bus: Bus
  readonly sessionRegistry: SessionRegistry
  readonly ephemeralStore: EphemeralStore
  readonly blobStore: BlobStore
  /** The file of the log, which services may share for rows that are written on the message path. */
  readonly file: SqliteFile
  /** Made with the data; another one tells clients to reload. */
  readonly epoch: string
  openSql<Tables>(name: string, migrations: Migrations): Promise<SqlEngine<Tables>>
  /** Random bytes that are made once and kept in `secrets/`, readable by the owner alone. */
  secret(name: string, bytes: number): Promise<Uint8Array>
}

export interface EmbeddedEnginesOptions {
  readonly dataFolder: string
  /** Of each topic. It stays what it was when the data was made. */
  readonly partitions?: number
  readonly nowMs: () => number
  readonly monotonicMs: () => number
  /** When it is given, old records of the log are deleted now and then. */
  readonly every?: (periodMs: number, act: () => void) => Disposable
  readonly randomBytes?: (length: number) => Uint8Array
  readonly onCommit?: (facts: CommitFacts) => void
  /** A mistake of ours that nobody waits for: the receiver of a bus message failed, or a clean-up. */
  readonly onError?: (error: unknown) => void
}

/** How long records are kept after everyone is done with them. Dead ones are kept until then, too. */
const keepMs: Readonly<Partial<Record<Topic, number>>> = {
  commands: 72 * 3_600_000,
  'user-events': 72 * 3_600_000,
  'account-events': 30 * 24 * 3_600_000,
}
const trimPeriodMs = 60_000

/**
 * All engines of a process that needs no other: SQLite, files and memory in one folder.
 *
 * Errors: `ChatError('conflict')` when another process uses the folder, or when its data was made
 * with another number of partitions.
 */
export async function openEmbeddedEngines({
  dataFolder,
  partitions = 4,
  nowMs,
  monotonicMs,
  every,
  randomBytes: bytes = randomBytes,
  onCommit = () => {},
  onError = () => {},
}: EmbeddedEnginesOptions): Promise<EmbeddedEngines> {
  await using resources = new AsyncDisposableStack()
  const secrets = join(dataFolder, 'secrets')
  await mkdir(secrets, { recursive: true, mode: 0o700 })
  await chmod(dataFolder, 0o700)
  resources.use(await lockFolder(dataFolder))
  const file = resources.use(await SqliteFile.open(join(dataFolder, 'parley.db'), { onCommit }))
  const facts = await storeFacts(file, {
    epoch: Buffer.from(bytes(12)).toString('base64url'),
    generation: '1',
    partitions: String(partitions),
  })
  if (facts.partitions !== String(partitions))
    throw new ChatError('conflict', `the data was made with ${facts.partitions} partitions`)

  const generation = Number(facts.generation)
  const eventLog = resources.use(
    await EmbeddedEventLog.open({ file, generation, partitions, nowMs, readsApplied: true }),
  )
  const trim = async () => {
    for (const [topic, ms] of Object.entries(keepMs)) await eventLog.trim(topic as Topic, ms)
  }
  if (every !== undefined) resources.use(every(trimPeriodMs, () => void trim().catch(onError)))
  const bus = resources.use(new MemoryBus({ onError }))
  const sessionRegistry = resources.use(new MemorySessionRegistry({ nowMs: monotonicMs }))
  const ephemeralStore = resources.use(new MemoryEphemeralStore({ nowMs: monotonicMs }))
  const blobStore = resources.use(await FileBlobStore.open(join(dataFolder, 'blobs')))
  const owned = resources.move()
  return {
    eventLog,
    bus,
    sessionRegistry,
    ephemeralStore,
    blobStore,
    file,
    epoch: facts.epoch,
    openSql: async (name, migrations) =>
      owned.use(await openSqliteSql(join(dataFolder, `${name}.db`), migrations)),
    secret: (name, length) => loadOrMakeSecret(join(secrets, name), () => bytes(length)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

interface StoreFacts {
  /** Names what the data is a continuation of. */
  readonly epoch: string
  /** Of positions in the log: rises when a log was lost while what was made from it was kept. */
  readonly generation: string
  readonly partitions: string
}

/** What is true of the data from its first day on. */
async function storeFacts(file: SqliteFile, made: StoreFacts): Promise<StoreFacts> {
  await file.write([
    [
      `CREATE TABLE IF NOT EXISTS store_facts (
        name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID`,
    ],
    ...Object.entries(made).map(
      ([name, value]) => ['INSERT OR IGNORE INTO store_facts VALUES (?, ?)', name, value] as const,
    ),
  ])
  const rows = file.read('SELECT name, value FROM store_facts')
  const known = Object.fromEntries(rows.map((row) => [row['name'], String(row['value'])]))
  return { ...made, ...known }
}
