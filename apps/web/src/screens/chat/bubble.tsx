import { type JSX, Match, Show, Switch } from 'solid-js'
import type { ConversationView, MessageView } from '../../chat/views.ts'
import { Avatar, hueOf } from '../../parts/avatar.tsx'
import { Icon } from '../../parts/icon.tsx'
import { StateTick } from '../../parts/state-tick.tsx'
import { attempt } from '../../parts/toast.tsx'
import { useApp } from '../../state/context.ts'
import { clockTime } from '../../words/format.ts'
import { plainText } from '../../words/message-words.ts'
import { words } from '../../words/words.ts'
import styles from './bubble.module.css'
import { isOnlyEmoji, RichText } from './rich-text.tsx'

/** A message: what, by whom, when, and for our own how far it has come. */
export function Bubble(props: {
  message: MessageView
  chat: ConversationView
  isFirst: boolean
  isLast: boolean
}): JSX.Element {
  const app = useApp()
  const message = () => props.message
  const isGroup = () => props.chat.kind === 'group'
  const isTheirs = () => !message().isOwn
  const text = () => {
    const { content } = message()
    return content.kind === 'text' ? content.text : undefined
  }
  const isBig = () => isOnlyEmoji(text() ?? '')
  const name = () =>
    words.chat.message([
      isTheirs() ? message().senderName : words.chat.you,
      clockTime(message().atMs),
      plainText(message().content, message()).slice(0, 200),
      isTheirs() ? '' : words.state[message().state],
    ])

  return (
    <article
      class={styles['row']}
      classList={{
        [styles['own'] ?? '']: message().isOwn,
        [styles['first'] ?? '']: props.isFirst,
        [styles['last'] ?? '']: props.isLast,
        [styles['big'] ?? '']: isBig(),
        [styles['group'] ?? '']: isGroup(),
      }}
      aria-label={name()}
    >
      <Show when={isGroup() && isTheirs()}>
        <span class={styles['face']}>
          <Show when={props.isLast}>
            <Avatar id={message().sender} title={message().senderName} size="s" />
          </Show>
        </span>
      </Show>
      <div class={styles['column']}>
        <div class={styles['bubble']}>
          <Show when={isGroup() && isTheirs() && props.isFirst}>
            <bdi class={`${styles['name']} ${styles[`hue${hueOf(message().sender)}`]}`}>
              {message().senderName}
            </bdi>
          </Show>
          <Switch
            fallback={
              <p class={`${styles['text']} ${styles['quiet']}`}>
                {plainText(message().content, message())}
              </p>
            }
          >
            <Match when={text()}>
              {(value) => (
                <p class={styles['text']} dir="auto">
                  <RichText text={value()} />
                </p>
              )}
            </Match>
          </Switch>
          <span class={styles['meta']}>
            <time datetime={new Date(message().atMs).toISOString()}>
              {clockTime(message().atMs)}
            </time>
            <Show when={message().isOwn}>
              <StateTick state={message().state} />
            </Show>
          </span>
        </div>
        <Show when={message().state === 'failed'}>
          <div class={styles['failed']} role="alert">
            <Icon name="alert" size={16} />
            <span>
              {words.state.failed}. {words.sendFault[message().fault ?? 'internal']}
            </span>
            <button type="button" onClick={() => void attempt(() => app.chat.retry(message()))}>
              {words.chat.retry}
            </button>
            <button type="button" onClick={() => void attempt(() => app.chat.discard(message()))}>
              {words.chat.discard}
            </button>
          </div>
        </Show>
      </div>
    </article>
  )
}
