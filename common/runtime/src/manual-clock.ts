import type { Clock } from './clock.ts'

interface Timer {
  atMs: number
  readonly periodMs: number | undefined
  readonly act: () => void
}

/** A clock for tests: it stands until it is told to go on. */
export class ManualClock implements Clock {
  #nowMs: number
  readonly #timers = new Set<Timer>()

  constructor(nowMs = 1_700_000_000_000) {
    this.#nowMs = nowMs
  }

  nowMs(): number {
    return this.#nowMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, act: () => void): Disposable {
    return this.#add({ atMs: this.#nowMs + delayMs, periodMs: undefined, act })
  }

  every(periodMs: number, act: () => void): Disposable {
    return this.#add({ atMs: this.#nowMs + periodMs, periodMs, act })
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    if (signal?.aborted === true) reject(signal.reason)
    const timer = this.after(delayMs, resolve)
    signal?.addEventListener('abort', () => {
      timer[Symbol.dispose]()
      reject(signal.reason)
    })
    return promise
  }

  /** Lets time pass: whatever is due happens in order, each at its time. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs
    for (;;) {
      const [next] = [...this.#timers]
        .filter(({ atMs }) => atMs <= untilMs)
        .sort((a, b) => a.atMs - b.atMs)
      if (next === undefined) break
      this.#nowMs = next.atMs
      if (next.periodMs === undefined) this.#timers.delete(next)
      else next.atMs += next.periodMs
      next.act()
    }
    this.#nowMs = untilMs
  }

  #add(timer: Timer): Disposable {
    this.#timers.add(timer)
    return { [Symbol.dispose]: () => void this.#timers.delete(timer) }
  }
}
