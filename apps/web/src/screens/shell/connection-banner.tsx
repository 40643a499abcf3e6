import { createEffect, createSignal, type JSX, on, onCleanup, Show } from 'solid-js'
import type { ConnectionState } from '../../chat/views.ts'
import { Icon } from '../../parts/icon.tsx'
import { useApp } from '../../state/context.ts'
import { words } from '../../words/words.ts'
import styles from './connection-banner.module.css'

/** A short interruption is nobody's business. */
const quietMs = 1_500

/** Says what is wrong with the connection, and how many messages wait. */
export function ConnectionBanner(): JSX.Element {
  const app = useApp()
  const state = () => app.connection().state
  const [shown, setShown] = createSignal<ConnectionState>('online')
  const [nowMs, setNow] = createSignal(Date.now())
  const clock = setInterval(() => setNow(Date.now()), 1_000)
  onCleanup(() => clearInterval(clock))
  createEffect(
    on(state, (next) => {
      if (next === 'online') {
        setShown(next)
        return
      }
      const timer = setTimeout(() => setShown(next), shown() === 'online' ? quietMs : 0)
      onCleanup(() => clearTimeout(timer))
    }),
  )

  function sentence(): string {
    const next = shown()
    if (next === 'online') return ''
    if (next !== 'unreachable') return words.connection[next]
    const at = app.connection().nextTryAtMs ?? 0
    return words.connection.unreachable(Math.max(0, Math.ceil((at - nowMs()) / 1_000)))
  }

  function action(): { label: string; act: () => void } | undefined {
    const { connection } = words
    switch (shown()) {
      case 'offline':
      case 'unreachable':
        return { label: connection.tryNow, act: () => void app.chat.tryNow() }
      case 'copied':
        return { label: connection.continueHere, act: () => void app.chat.tryNow() }
      case 'update-needed':
        return { label: connection.reload, act: () => location.reload() }
      default:
        return undefined
    }
  }

  return (
    <div role="status" aria-live="polite">
      <Show when={shown() !== 'online'}>
        <div class={styles['banner']} data-state={shown()}>
          <Icon name={shown() === 'connecting' ? 'clock' : 'info'} size={18} />
          <p>
            {sentence()} <strong>{words.connection.queued(app.connection().queued)}</strong>
          </p>
          <Show when={action()}>
            {(button) => (
              <button type="button" onClick={() => button().act()}>
                {button().label}
              </button>
            )}
          </Show>
        </div>
      </Show>
    </div>
  )
}
