import { createMemo, createSignal, For, type JSX, Show } from 'solid-js'
import { IconButton } from '../../parts/button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Menu } from '../../parts/menu.tsx'
import { createClock } from '../../state/clock.ts'
import { useApp } from '../../state/context.ts'
import { go, route } from '../../state/router.ts'
import { isMatch } from '../../words/format.ts'
import { words } from '../../words/words.ts'
import { Doors } from '../shell/empty-state.tsx'
import styles from './chat-list.module.css'
import { ChatListItem } from './chat-list-item.tsx'
import { watchPresence } from './watch-presence.ts'

/** All chats by last activity. */
export function ChatList(props: { onShortcuts: () => void }): JSX.Element {
  const app = useApp()
  const [filter, setFilter] = createSignal('')
  const nowMs = createClock(30_000)
  const shown = createMemo(() =>
    filter().trim() === ''
      ? app.order()
      : app.order().filter((id) => isMatch(app.conversation(id)?.title ?? '', filter())),
  )
  const isOpen = (id: string) => {
    const at = route()
    return at.screen === 'chat' && at.conversation === id
  }
  watchPresence(app)

  return (
    <nav class={styles['list']} aria-label={words.list.title}>
      <header class={styles['head']}>
        <h2>{words.list.title}</h2>
        <IconButton
          icon="gear"
          label={words.list.settings}
          onClick={() => go({ screen: 'settings' })}
        />
        <Menu
          icon="plus"
          label={words.list.newChat}
          items={[
            {
              label: words.list.newChat,
              icon: 'chat',
              act: () => go({ screen: 'new-chat' }),
            },
            {
              label: words.list.newGroup,
              icon: 'people',
              act: () => go({ screen: 'new-group' }),
            },
            { label: words.shortcuts.title, icon: 'keyboard', act: props.onShortcuts },
          ]}
        />
      </header>
      <Show when={app.order().length > 0}>
        <div class={styles['filter']}>
          <Icon name="search" size={18} />
          <input
            type="search"
            aria-label={words.list.filter}
            placeholder={words.list.filter}
            autocomplete="off"
            value={filter()}
            onInput={(event) => setFilter(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Escape' || filter() === '') return
              event.preventDefault()
              setFilter('')
            }}
          />
          <Show when={filter() !== ''}>
            <button type="button" aria-label={words.list.clearFilter} onClick={() => setFilter('')}>
              <Icon name="close" size={16} />
            </button>
          </Show>
        </div>
      </Show>
      <div class={styles['scroll']}>
        <Show when={!app.isListLoaded()}>
          <Skeleton />
        </Show>
        <Show when={app.isListLoaded() && app.order().length === 0}>
          <div class={styles['doors']}>
            <Doors />
          </div>
          <p class={styles['none']}>{words.empty.text}</p>
        </Show>
        <Show when={filter() !== '' && shown().length === 0}>
          <p class={styles['none']}>{words.list.noMatch(filter())}</p>
        </Show>
        <ul>
          <For each={shown()}>
            {(id) => (
              <li>
                <ChatListItem id={id} isOpen={isOpen(id)} nowMs={nowMs()} />
              </li>
            )}
          </For>
        </ul>
      </div>
    </nav>
  )
}

function Skeleton(): JSX.Element {
  return (
    <div class={styles['skeleton']} aria-hidden="true">
      <For each={[0, 1, 2, 3, 4]}>
        {() => (
          <div>
            <i />
            <span>
              <b />
              <b />
            </span>
          </div>
        )}
      </For>
    </div>
  )
}
