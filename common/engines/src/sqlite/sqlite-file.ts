import { fdatasync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { clearTimeout, setImmediate, setTimeout } from 'node:timers'
import { promisify } from 'node:util'
import { ChatError, limits } from '@parley/protocol'
import { openDatabase, syncFolder } from './open-database.ts'
import { WalCheckpointer } from './wal-checkpointer.ts'

export type SqlValue = string | number | bigint | Uint8Array | null
/** A statement and the values of its `?`. */
export type SqlWrite = readonly [sql: string, ...values: SqlValue[]]
export type SqlRow = Readonly<Record<string, SqlValue>>

interface WaitingWrite {
  readonly writes: readonly SqlWrite[] | (() => readonly SqlWrite[])
  readonly resolve: () => void
  readonly reject: (error: ChatError) => void
}

/** Told after each group: how many writes shared it, and how long they took to be durable. */
export interface CommitFacts {
  readonly writes: number
  readonly seconds: number
}

export interface SqliteFileOptions {
  readonly onCommit?: (facts: CommitFacts) => void
  /** Makes durable what was written to the file of this descriptor. */
  readonly sync?: (descriptor: number) => Promise<void>
}

const lazyMs = 1_000
/**
 * Between the starts of two groups. An fsync costs 0.1 ms of CPU time, whatever it is for: without a
 * gap 500 messages/s need 1,800 of them, with it half, for a millisecond more.
 */
const gapMsMin = 1
const statementsPreparedMax = 512

/**
 * One SQLite file. Statements run in the calling thread, the fsync that makes them durable in
 * another one; what is written meanwhile shares the next transaction and its fsync.
 *
 * - Durability. When `write` resolves, its statements survive a power cut. `read` may see them
 *   before: whoever tells others of a row waits for its write.
 * - Atomicity. The statements of one `write` are applied all or not at all.
 * - Order. Writes are applied in the order of the calls.
 * - Consistency. `read` sees every write that has resolved.
 * - Errors. `ChatError('unavailable')`: the outcome is unknown. `ChatError('overloaded')`: nothing
 *   was written, too many are waiting.
 */
export class SqliteFile implements AsyncDisposable {
  readonly #database: DatabaseSync
  readonly #wal: FileHandle
  readonly #checkpointer: WalCheckpointer
  readonly #onCommit: (facts: CommitFacts) => void
  readonly #sync: (descriptor: number) => Promise<void>
  readonly #prepared = new Map<string, StatementSync>()
  #waiting: WaitingWrite[] = []
  /** Writes nobody waits for, by what they replace: they ride with the next group. */
  readonly #lazy = new Map<string, SqlWrite>()
  #lazyTimer: ReturnType<typeof setTimeout> | undefined
  #flushing: Promise<void> | undefined
  #startedMs = 0
  #failure: ChatError | undefined

  private constructor(
    path: string,
    database: DatabaseSync,
    wal: FileHandle,
    { onCommit = () => {}, sync = promisify(fdatasync) }: SqliteFileOptions,
  ) {
    this.#database = database
    this.#wal = wal
    this.#checkpointer = new WalCheckpointer(path, database)
    this.#onCommit = onCommit
    this.#sync = sync
  }

  static async open(path: string, options: SqliteFileOptions = {}): Promise<SqliteFile> {
    const database = await openDatabase(path)
    // A commit writes to the WAL and does not wait for the disk: `#flush` does. Checkpoints are
    // made elsewhere, too. SQLite still syncs around them, so that the file is always whole.
    database.exec(`
      PRAGMA synchronous = NORMAL;
      PRAGMA wal_autocheckpoint = 0;
      PRAGMA cache_size = -16000;
    `)
    // The WAL is there from the first transaction until the last connection is closed.
    database.exec('BEGIN IMMEDIATE; PRAGMA user_version = 1; COMMIT')
    const wal = await open(`${path}-wal`, 'r')
    await wal.datasync()
    await syncFolder(dirname(path))
    return new SqliteFile(path, database, wal, options)
  }

  /** Writes that no transaction has taken yet. For metrics and tests. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** For schemas: `CREATE TABLE IF NOT EXISTS` and the like. */
  async define(...statements: readonly string[]): Promise<void> {
    await this.write(statements.map((sql) => [sql] as const))
  }

  /** Given a function, it is asked once, when the transaction is made. */
  write(writes: readonly SqlWrite[] | (() => readonly SqlWrite[])): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (this.#waiting.length >= limits.logAppendsWaiting)
      return Promise.reject(new ChatError('overloaded', 'the store is behind'))
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.push({ writes, resolve, reject })
    this.#flushing ??= this.#flushAll()
    return promise
  }

  /** Written with the next group, or within a second. A later one with the same name replaces it. */
  writeLazily(name: string, write: SqlWrite): void {
    this.#lazy.set(name, write)
    this.#lazyTimer ??= setTimeout(() => {
      this.#lazyTimer = undefined
      if (this.#lazy.size > 0) this.write([]).catch(() => {})
    }, lazyMs).unref()
  }

  read(sql: string, ...values: readonly SqlValue[]): readonly SqlRow[] {
    try {
      const rows = this.#prepare(sql).all(...(values as readonly SQLInputValue[]))
      return rows as readonly SqlRow[]
    } catch (cause) {
      throw new ChatError('unavailable', 'the store could not be read', { cause })
    }
  }

  /** Writes what is waiting, then closes the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#lazyTimer)
    if (this.#lazy.size > 0) this.write([]).catch(() => {})
    this.#failure ??= new ChatError('unavailable', 'the store is closed')
    await this.#flushing
    if (!this.#database.isOpen) return
    await this.#checkpointer[Symbol.asyncDispose]()
    await this.#wal.close()
    this.#database.close()
  }

  /** One group at a time. */
  async #flushAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Whoever was answered a moment ago may write again, and is in time for this group.
      await new Promise((resolve) => setImmediate(resolve))
      const gapMs = this.#startedMs + gapMsMin - performance.now()
      if (gapMs > 0.2) await new Promise((resolve) => setTimeout(resolve, gapMs))
      await this.#checkpointer.pause
      await this.#flush()
    }
    this.#flushing = undefined
  }

  async #flush(): Promise<void> {
    const group = this.#waiting
    this.#waiting = []
    this.#startedMs = performance.now()
    const failures = this.#transact(group)
    try {
      await this.#sync(this.#wal.fd)
    } catch (cause) {
      // What reached the disk is unknown from now on, and trying again would not tell.
      this.#failure = new ChatError('unavailable', 'the disk failed', { cause })
      for (const { reject } of [...group, ...this.#waiting]) reject(this.#failure)
      this.#waiting = []
      return
    }
    this.#checkpointer.look()
    this.#onCommit({ writes: group.length, seconds: (performance.now() - this.#startedMs) / 1000 })
    for (const write of group) {
      const failure = failures?.get(write)
      if (failure === undefined) write.resolve()
      else write.reject(failure)
    }
  }

  /** One transaction for all; one for each when that fails, so that nobody pays for another. */
  #transact(group: readonly WaitingWrite[]): ReadonlyMap<WaitingWrite, ChatError> | undefined {
    const statements = group.map(({ writes }) => (typeof writes === 'function' ? writes() : writes))
    const lazy = [...this.#lazy.values()]
    this.#lazy.clear()
    if (this.#apply([...statements, lazy]) === undefined) return undefined
    this.#apply([lazy])
    const failures = new Map<WaitingWrite, ChatError>()
    for (const [index, write] of group.entries()) {
      const cause = this.#apply([statements[index] ?? []])
      if (cause !== undefined)
        failures.set(write, new ChatError('unavailable', 'the store refused a write', { cause }))
    }
    return failures
  }

  #apply(writes: readonly (readonly SqlWrite[])[]): Error | undefined {
    try {
      this.#prepare('BEGIN IMMEDIATE').run()
      for (const statements of writes)
        for (const [sql, ...values] of statements)
          this.#prepare(sql).run(...(values as SQLInputValue[]))
      this.#prepare('COMMIT').run()
      return undefined
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      return error instanceof Error ? error : new Error(String(error))
    }
  }

  #prepare(sql: string): StatementSync {
    const known = this.#prepared.get(sql)
    if (known !== undefined) return known
    if (this.#prepared.size >= statementsPreparedMax) this.#prepared.clear()
    const statement = this.#database.prepare(sql)
    this.#prepared.set(sql, statement)
    return statement
  }
}
