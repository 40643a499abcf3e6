import type { EventLog, NewLogRecord } from '@parley/engines'

interface Waiting {
  readonly record: NewLogRecord
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Appends to the topic `commands`: what comes in one tick goes in one call. */
export class CommandLog {
  readonly #eventLog: Pick<EventLog, 'append'>
  #waiting: Waiting[] = []

  constructor(eventLog: Pick<EventLog, 'append'>) {
    this.#eventLog = eventLog
  }

  /** Resolves when the record has its place and survives. Errors: those of `EventLog`. */
  append(record: NewLogRecord): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    if (this.#waiting.length === 0) void Promise.resolve().then(() => this.#flush())
    this.#waiting.push({ record, resolve, reject })
    return promise
  }

  async #flush(): Promise<void> {
    const batch = this.#waiting
    this.#waiting = []
    try {
      await this.#eventLog.append(
        'commands',
        batch.map(({ record }) => record),
      )
      for (const { resolve } of batch) resolve()
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }
}
