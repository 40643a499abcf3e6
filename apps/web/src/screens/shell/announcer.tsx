import { createEffect, createSignal, type JSX, on, onCleanup } from 'solid-js'
import { useApp } from '../../state/context.ts'
import { words } from '../../words/words.ts'

/** A screen reader hears one line in this time, however many messages come. */
const everyMs = 2_000

/** Speaks the messages of others, apart from the timeline, so that nothing is read twice. */
export function Announcer(): JSX.Element {
  const app = useApp()
  const [line, setLine] = createSignal('')
  let waiting: { title: string; count: number; text: string } | undefined
  const timer = setInterval(() => {
    if (waiting === undefined) return
    const { title, count, text } = waiting
    setLine(count === 1 ? text : words.chat.announceMany(count, title))
    waiting = undefined
  }, everyMs)
  onCleanup(() => clearInterval(timer))
  createEffect(
    on(app.arrivals, (arrival) => {
      if (arrival === undefined) return
      const { content, senderName } = arrival.latest
      waiting = {
        title: app.conversation(arrival.conversation)?.title ?? '',
        count: (waiting?.count ?? 0) + arrival.count,
        text: words.chat.announce(senderName, content.kind === 'text' ? content.text : ''),
      }
    }),
  )
  return (
    <p class="visually-hidden" role="status" aria-live="polite">
      {line()}
    </p>
  )
}
