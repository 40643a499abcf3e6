import { clearInterval, clearTimeout, setInterval, setTimeout } from 'node:timers'
import type { Clock } from './clock.ts'

/** The clock of the machine. Its timers do not keep a process alive. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, act) {
    const timer = setTimeout(act, delayMs).unref()
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  },
  every(periodMs, act) {
    const timer = setInterval(act, periodMs).unref()
    return { [Symbol.dispose]: () => clearInterval(timer) }
  },
  sleep(delayMs, signal) {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const timer = setTimeout(done, delayMs)
    function done(): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      if (signal?.aborted === true) reject(signal.reason)
      else resolve()
    }
    signal?.addEventListener('abort', done, { once: true })
    if (signal?.aborted === true) done()
    return promise
  },
}
