import { createSignal, For, type JSX } from 'solid-js'
import { sentenceOf } from '../words/faults.ts'
import styles from './toast.module.css'

const shownMs = 5_000
const shownMax = 3

const [toasts, setToasts] = createSignal<readonly { readonly id: number; readonly text: string }[]>(
  [],
)
let lastId = 0

/** Says for a moment what has no place of its own on the screen. */
export function say(text: string): void {
  lastId += 1
  const id = lastId
  setToasts((before) => [...before, { id, text }].slice(-shownMax))
  setTimeout(() => setToasts((before) => before.filter((toast) => toast.id !== id)), shownMs)
}

/** Runs an action of a screen; a refusal is said. */
export async function attempt(action: () => Promise<void>): Promise<boolean> {
  try {
    await action()
    return true
  } catch (error) {
    say(sentenceOf(error))
    return false
  }
}

export function Toasts(): JSX.Element {
  return (
    <div class={styles['toasts']} role="status" aria-live="polite">
      <For each={toasts()}>{({ text }) => <p class={styles['toast']}>{text}</p>}</For>
    </div>
  )
}
