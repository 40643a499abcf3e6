import { createSignal, createUniqueId, type JSX, Match, Show, Switch } from 'solid-js'
import type { ConversationView } from '../../chat/views.ts'
import { Avatar } from '../../parts/avatar.tsx'
import { IconButton } from '../../parts/button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { createClock } from '../../state/clock.ts'
import { useApp } from '../../state/context.ts'
import { back, replace } from '../../state/router.ts'
import { ago } from '../../words/format.ts'
import { typingText } from '../../words/message-words.ts'
import { words } from '../../words/words.ts'
import styles from './chat-header.module.css'

export function ChatHeader(props: { chat: ConversationView }): JSX.Element {
  const app = useApp()
  const nowMs = createClock(30_000)
  const typing = () => app.typing(props.chat.id)
  const isGroup = () => props.chat.kind === 'group'
  const presence = () => (props.chat.peer === undefined ? undefined : app.presence(props.chat.peer))

  function line(): string {
    if (isGroup()) return words.chat.members(props.chat.members.length)
    const seen = presence()
    if (seen?.isOnline === true) return words.chat.online
    return seen?.lastSeenMs === undefined
      ? words.chat.lock
      : words.chat.lastSeen(ago(seen.lastSeenMs, nowMs()))
  }

  function openPanel(): void {
    const { id: conversation, peer } = props.chat
    replace({
      screen: 'chat',
      conversation,
      panel: peer === undefined ? { kind: 'info' } : { kind: 'code', user: peer },
    })
  }

  return (
    <header class={styles['header']}>
      <div class={styles['back']}>
        <IconButton icon="back" label={words.chat.back} onClick={() => back({ screen: 'home' })} />
      </div>
      <button type="button" class={styles['who']} onClick={openPanel}>
        <Avatar
          id={props.chat.peer ?? props.chat.id}
          title={props.chat.title}
          kind={props.chat.kind}
          size="l"
          isOnline={presence()?.isOnline === true}
        />
        <span class={styles['names']}>
          <h1>
            <bdi>{props.chat.title}</bdi>
          </h1>
          <Switch fallback={<span class={styles['line']}>{line()}</span>}>
            <Match when={typing().length > 0}>
              <span class={`${styles['line']} ${styles['typing']}`}>
                <span class={styles['dots']} aria-hidden="true">
                  <i />
                  <i />
                  <i />
                </span>
                {typingText(typing(), isGroup())}
              </span>
            </Match>
          </Switch>
        </span>
      </button>
      <Lock chat={props.chat} onCompare={openPanel} />
      <Show when={isGroup()}>
        <IconButton icon="info" label={words.chat.groupInfo} onClick={openPanel} />
      </Show>
    </header>
  )
}

/** One sentence on what the lock means, and the way to check it. */
function Lock(props: { chat: ConversationView; onCompare: () => void }): JSX.Element {
  const id = createUniqueId()
  const [isOpen, setOpen] = createSignal(false)
  let button: HTMLButtonElement | undefined
  let note: HTMLDivElement | undefined

  function place(): void {
    if (button === undefined || note === undefined) return
    const { bottom, right } = button.getBoundingClientRect()
    note.style.insetBlockStart = `${bottom + 6}px`
    note.style.insetInlineStart = `${Math.max(8, right - note.offsetWidth)}px`
  }

  return (
    <>
      <IconButton
        ref={button}
        icon="lock"
        label={words.chat.lock}
        popovertarget={id}
        aria-expanded={isOpen()}
        class={styles['lock'] ?? ''}
      />
      <div
        ref={note}
        id={id}
        popover="auto"
        class={styles['note']}
        on:toggle={(event: ToggleEvent) => {
          setOpen(event.newState === 'open')
          if (event.newState === 'open') place()
        }}
      >
        <Icon name="lock" size={26} />
        <p>
          <strong>{words.chat.lock}</strong>
          {words.chat.lockText}
        </p>
        <button
          type="button"
          onClick={() => {
            note?.hidePopover()
            props.onCompare()
          }}
        >
          {props.chat.kind === 'direct' ? words.chat.compareCode : words.chat.groupInfo}
        </button>
      </div>
    </>
  )
}
