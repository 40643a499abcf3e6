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
  /** Called within the transaction, when the statements have taken effect. */
  readonly applied: () => void
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
 * Between the starts of two groups. A group costs 0.2 ms of CPU time, whatever it is for, half of it
 * for its fsync.
 */
const gapMsMin = 3
/** What was caused by writes of a group goes with it, for so many turns of the event loop. */
const turnsMax = 8
const statementsPreparedMax = 512

/**
 * One SQLite file. Statements run in the calling thread, the fsync that makes them durable in
 * another one; what is written meanwhile shares the next transaction and its fsync.
 *
 * - Durability. When `write` resolves, its statements survive a power cut. `apply` resolves earlier:
 *   its statements survive if anything does that was written after them. `read` may see them before:
 *   whoever tells others of a row waits for its write, or for `durable`.
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
  /** The group that is open or being synced. */
  #group: Promise<void> | undefined
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

  /**
   * Given a function, it is asked once, when the transaction is made. `onApplied` is called as soon
   * as the statements have taken effect in it.
   */
  write(
    writes: readonly SqlWrite[] | (() => readonly SqlWrite[]),
    onApplied: () => void = () => {},
  ): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#enqueue({ writes, applied: onApplied, resolve, reject })
    return promise
  }

  /**
   * For steps that lead to other writes of this file: resolves as soon as the statements have taken
   * effect. Nothing of it may leave the process before `durable` has resolved.
   */
  apply(writes: readonly SqlWrite[]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#enqueue({ writes, applied: resolve, resolve() {}, reject })
    return promise
  }

  /** Resolves when all that was applied before survives a power cut. */
  durable(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return this.#group ?? Promise.resolve()
  }

  #enqueue(write: WaitingWrite): void {
    if (this.#failure !== undefined) return write.reject(this.#failure)
    if (this.#waiting.length >= limits.logAppendsWaiting)
      return write.reject(new ChatError('overloaded', 'the store is behind'))
    this.#waiting.push(write)
    this.#flushing ??= this.#flushAll()
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
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      // Most groups have nobody who asks.
      promise.catch(() => {})
      this.#group = promise
      const failure = await this.#flush()
      this.#group = undefined
      if (failure === undefined) resolve()
      else reject(failure)
    }
    this.#flushing = undefined
  }

  /** One transaction, and its fsync. */
  async #flush(): Promise<ChatError | undefined> {
    this.#startedMs = performance.now()
    const group: WaitingWrite[] = []
    try {
      await this.#transact(group)
      await this.#sync(this.#wal.fd)
    } catch (cause) {
      // What reached the disk is unknown from now on, and trying again would not tell. What was
      // applied has led to more.
      const failure = new ChatError('unavailable', 'the disk failed', { cause })
      this.#failure = failure
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      for (const { reject } of [...group, ...this.#waiting]) reject(failure)
      this.#waiting = []
      return failure
    }
    this.#checkpointer.look()
    this.#onCommit({ writes: group.length, seconds: (performance.now() - this.#startedMs) / 1000 })
    for (const write of group) write.resolve()
    return undefined
  }

  /** Takes what waits, and what that leads to at once: each step of a message is such a write. */
  async #transact(group: WaitingWrite[]): Promise<void> {
    this.#prepare('BEGIN IMMEDIATE').run()
    for (let turn = 0; this.#waiting.length > 0 && turn < turnsMax; turn += 1) {
      const waiting = this.#waiting
      this.#waiting = []
      for (const write of waiting) {
        const failure = this.#apply(write)
        if (failure === undefined) group.push(write)
        else write.reject(failure)
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
    for (const write of this.#lazy.values()) this.#run([write])
    this.#lazy.clear()
    this.#prepare('COMMIT').run()
  }

  /** All statements of a write or none, so that nobody pays for another. */
  #apply({ writes, applied }: WaitingWrite): ChatError | undefined {
    const statements = typeof writes === 'function' ? writes() : writes
    // A single statement undoes itself.
    const isMany = statements.length > 1
    try {
      if (isMany) this.#prepare('SAVEPOINT write').run()
      this.#run(statements)
      if (isMany) this.#prepare('RELEASE write').run()
    } catch (cause) {
      // A full disk ends the transaction, and takes all with it that was applied.
      if (!this.#database.isTransaction) throw cause
      if (isMany) this.#database.exec('ROLLBACK TO write; RELEASE write')
      return new ChatError('unavailable', 'the store refused a write', { cause })
    }
    applied()
    return undefined
  }

  #run(statements: readonly SqlWrite[]): void {
    for (const [sql, ...values] of statements)
      this.#prepare(sql).run(...(values as SQLInputValue[]))
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
