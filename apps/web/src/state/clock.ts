import { type Accessor, createSignal, onCleanup } from 'solid-js'

/** The time as a signal, for words like "5 minutes ago". */
export function createClock(everyMs: number): Accessor<number> {
  const [nowMs, setNow] = createSignal(Date.now())
  const timer = setInterval(() => setNow(Date.now()), everyMs)
  onCleanup(() => clearInterval(timer))
  return nowMs
}
