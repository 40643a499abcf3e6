import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'

/** Frames (pages of 4 KiB) in the WAL that are not in the file yet. */
const framesBehindMax = 8_000
/** Looking costs some microseconds. */
const commitsBetweenLooks = 64

/**
 * Copies the WAL into the file, in a thread of its own: it takes a tenth of a second.
 *
 * It runs beside the writer first. What was written meanwhile is little, and copied while the writer
 * pauses, so that the writer finds all of the WAL copied and starts it anew; it would grow for ever.
 */
export class WalCheckpointer implements AsyncDisposable {
  readonly #path: string
  readonly #frames: StatementSync
  #worker: Worker | undefined
  #commits = 0
  #isRunning = false
  /** Nobody writes until it resolves. */
  #pause: PromiseWithResolvers<void> | undefined

  constructor(path: string, database: DatabaseSync) {
    this.#path = path
    this.#frames = database.prepare('PRAGMA wal_checkpoint(NOOP)')
  }

  get pause(): Promise<void> | undefined {
    return this.#pause?.promise
  }

  /** After each commit. */
  look(): void {
    this.#commits += 1
    if (this.#isRunning || this.#commits < commitsBetweenLooks) return
    this.#commits = 0
    const { log, checkpointed } = this.#frames.get() ?? {}
    if (Number(log) - Number(checkpointed) < framesBehindMax) return
    this.#isRunning = true
    this.#worker ??= this.#start()
    this.#worker.postMessage('checkpoint')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker?.terminate()
    this.#end()
  }

  #start(): Worker {
    const worker = new Worker(new URL('./wal-checkpointer.worker.ts', import.meta.url), {
      workerData: { path: this.#path },
    })
    worker.unref()
    worker.on('message', () => {
      if (this.#pause !== undefined) return this.#end()
      this.#pause = Promise.withResolvers()
      worker.postMessage('checkpoint')
    })
    // The next look tries again.
    worker.on('error', () => {
      this.#worker = undefined
      this.#end()
    })
    return worker
  }

  #end(): void {
    this.#isRunning = false
    this.#pause?.resolve()
    this.#pause = undefined
  }
}
