/** Time, and waiting for it. Adapters and `apps/server` alone touch the real ones. */
export interface Clock {
  /** Milliseconds since 1970. May jump. */
  nowMs(): number
  /** Milliseconds since some start. Never goes back. */
  monotonicMs(): number
  /** Calls `act` once, not before `delayMs` has passed; disposing cancels it. */
  after(delayMs: number, act: () => void): Disposable
  /** Calls `act` again and again. */
  every(periodMs: number, act: () => void): Disposable
  /** Resolves after `delayMs`, or rejects with the signal's reason. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
}
