import type { Clock } from '@parley/runtime'
import { ManualClock } from '@parley/runtime/testing'

/** A clock that stands, and over whose timers a test can leap: days have too many heartbeats. */
export class LeapingClock implements Clock {
  readonly #clock = new ManualClock()
  #leaptMs = 0

  nowMs(): number {
    return this.#clock.nowMs() + this.#leaptMs
  }

  monotonicMs(): number {
    return this.nowMs()
  }

  after(delayMs: number, act: () => void): Disposable {
    return this.#clock.after(delayMs, act)
  }

  every(periodMs: number, act: () => void): Disposable {
    return this.#clock.every(periodMs, act)
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return this.#clock.sleep(delayMs, signal)
  }

  /** Lets time pass, and happen what is due. */
  advance(byMs: number): void {
    this.#clock.advance(byMs)
  }

  /** Is later at once. */
  leap(byMs: number): void {
    this.#leaptMs += byMs
  }
}
