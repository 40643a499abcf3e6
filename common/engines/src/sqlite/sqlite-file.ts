import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { clearTimeout, setImmediate, setTimeout } from 'node:timers'
import { Worker } from 'node:worker_threads'
import { assert, ChatError, limits } from '@parley/protocol'

export type SqlValue = string | number | bigint | Uint8Array | null
/** A statement and the values of its `?`. */
export type SqlWrite = readonly [sql: string, ...values: SqlValue[]]
export type SqlRow = Readonly<Record<string, SqlValue>>

interface WaitingWrite {
  readonly writes: readonly SqlWrite[]
  readonly resolve: () => void
  readonly reject: (error: ChatError) => void
}

/** A number that the writer thread reports for each batch. */
export interface CommitFacts {
  readonly writes: number
  readonly seconds: number
}

/**
 * One SQLite file with one writer thread.
 *
 * - Durability. When `write` resolves, its statements survive a power cut (WAL, synchronous=FULL).
 * - Atomicity. The statements of one `write` are applied all or not at all. They may share a
 *   transaction, and so a failure, with writes that wait at the same time: an fsync takes as long
 *   for many rows as for one.
 * - Order. Writes are applied in the order of the calls.
 * - Consistency. `read` sees every write that has resolved.
 * - Errors. `ChatError('unavailable')`: the outcome is unknown. `ChatError('overloaded')`: nothing
 *   was written, too many are waiting.
 */
export class SqliteFile implements AsyncDisposable {
  readonly #worker: Worker
  readonly #reader: DatabaseSync
  readonly #prepared = new Map<string, StatementSync>()
  readonly #onCommit: (facts: CommitFacts) => void
  #waiting: WaitingWrite[] = []
  #inFlight: readonly WaitingWrite[] | undefined
  /** Writes nobody waits for, by what they replace: they ride with the next batch. */
  readonly #lazy = new Map<string, SqlWrite>()
  #lazyTimer: ReturnType<typeof setTimeout> | undefined
  #isScheduled = false
  #failure: ChatError | undefined
  #drained: (() => void) | undefined

  private constructor(
    worker: Worker,
    reader: DatabaseSync,
    onCommit: (facts: CommitFacts) => void,
  ) {
    this.#worker = worker
    this.#reader = reader
    this.#onCommit = onCommit
    worker.on('message', ({ error, seconds }: { error?: string; seconds: number }) =>
      this.#settle(error, seconds),
    )
    worker.on('error', (cause) => this.#fail(new ChatError('unavailable', 'no writer', { cause })))
  }

  static async open(
    path: string,
    { onCommit = () => {} }: { readonly onCommit?: (facts: CommitFacts) => void } = {},
  ): Promise<SqliteFile> {
    const worker = new Worker(new URL('./sqlite-writer.ts', import.meta.url), {
      workerData: { path },
    })
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    worker.once('message', resolve)
    worker.once('error', reject)
    await promise
    const reader = new DatabaseSync(path, { readOnly: true })
    return new SqliteFile(worker, reader, onCommit)
  }

  /** For schemas: `CREATE TABLE IF NOT EXISTS` and the like. */
  async define(...statements: readonly string[]): Promise<void> {
    await this.write(statements.map((sql) => [sql] as const))
  }

  write(writes: readonly SqlWrite[]): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (this.#waiting.length >= limits.logAppendsWaiting)
      return Promise.reject(new ChatError('overloaded', 'the store is behind'))
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.push({ writes, resolve, reject })
    this.#schedule()
    return promise
  }

  /** Written with the next batch, or within a second. A later one with the same name replaces it. */
  writeLazily(name: string, write: SqlWrite): void {
    this.#lazy.set(name, write)
    this.#lazyTimer ??= setTimeout(() => {
      this.#lazyTimer = undefined
      if (this.#lazy.size > 0) this.write([]).catch(() => {})
    }, 1_000).unref()
  }

  read(sql: string, ...values: readonly SqlValue[]): readonly SqlRow[] {
    try {
      let statement = this.#prepared.get(sql)
      if (statement === undefined) {
        statement = this.#reader.prepare(sql)
        this.#prepared.set(sql, statement)
      }
      return statement.all(...(values as readonly SQLInputValue[])) as readonly SqlRow[]
    } catch (cause) {
      throw new ChatError('unavailable', 'the store could not be read', { cause })
    }
  }

  /** Writes what is waiting, then closes the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#lazyTimer)
    if (this.#failure === undefined && (this.#lazy.size > 0 || this.#isBusy())) {
      if (this.#lazy.size > 0) this.write([]).catch(() => {})
      if (this.#isBusy())
        await new Promise<void>((resolve) => {
          this.#drained = resolve
        })
    }
    this.#failure ??= new ChatError('unavailable', 'the store is closed')
    this.#reader.close()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#worker.once('exit', () => resolve())
    this.#worker.postMessage(undefined)
    await promise
  }

  #isBusy(): boolean {
    return this.#inFlight !== undefined || this.#waiting.length > 0
  }

  /** One batch at a time: what comes meanwhile makes the next one. */
  #schedule(): void {
    if (this.#isScheduled || this.#inFlight !== undefined) return
    this.#isScheduled = true
    setImmediate(() => this.#flush())
  }

  #flush(): void {
    this.#isScheduled = false
    if (this.#inFlight !== undefined || this.#waiting.length === 0) return
    this.#inFlight = this.#waiting
    this.#waiting = []
    const writes = this.#inFlight.flatMap((waiting) => waiting.writes)
    writes.push(...this.#lazy.values())
    this.#lazy.clear()
    this.#worker.postMessage(writes)
  }

  #settle(error: string | undefined, seconds: number): void {
    const settled = this.#inFlight
    assert(settled !== undefined, 'the writer answers a batch')
    this.#inFlight = undefined
    this.#onCommit({ writes: settled.length, seconds })
    if (this.#waiting.length > 0) this.#flush()
    const failure = error === undefined ? undefined : new ChatError('unavailable', error)
    for (const { resolve, reject } of settled)
      if (failure === undefined) resolve()
      else reject(failure)
    if (!this.#isBusy()) this.#drained?.()
  }

  #fail(failure: ChatError): void {
    this.#failure = failure
    for (const { reject } of [...(this.#inFlight ?? []), ...this.#waiting]) reject(failure)
    this.#waiting = []
    this.#inFlight = undefined
    this.#drained?.()
  }
}
