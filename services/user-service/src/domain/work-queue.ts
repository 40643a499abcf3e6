import { assert, ChatError } from '@parley/protocol'

export interface WorkQueueOptions {
  readonly workers: number
  /** Waiting beyond those that are worked on; more are refused. */
  readonly waitingMax: number
  /** About how long one piece takes, for the advice when to come back. */
  readonly pieceMs: number
  readonly onLength?: (length: number) => void
}

/** Runs expensive work, a few pieces at once. Errors: `overloaded` when too much is waiting. */
export class WorkQueue {
  readonly #options: WorkQueueOptions
  readonly #waiting: (() => void)[] = []
  #working = 0

  constructor(options: WorkQueueOptions) {
    assert(options.workers >= 1, 'somebody works')
    this.#options = options
  }

  /** Pieces that wait or are worked on. */
  get length(): number {
    return this.#working + this.#waiting.length
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    const { workers, waitingMax, pieceMs } = this.#options
    if (this.#working < workers) this.#working += 1
    else {
      if (this.#waiting.length >= waitingMax)
        throw new ChatError('overloaded', 'too many at once', {
          retryAfterMs: Math.ceil((this.length * pieceMs) / workers),
        })
      // Whoever finishes hands his place over.
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    this.#options.onLength?.(this.length)
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#working -= 1
      else next()
      this.#options.onLength?.(this.length)
    }
  }
}
