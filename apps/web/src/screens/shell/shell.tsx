import {
  createEffect,
  createSignal,
  type JSX,
  Match,
  onCleanup,
  onMount,
  Show,
  Switch,
} from 'solid-js'
import { useApp } from '../../state/context.ts'
import { route } from '../../state/router.ts'
import { words } from '../../words/words.ts'
import { ChatScreen } from '../chat/chat-screen.tsx'
import { ChatList } from '../list/chat-list.tsx'
import { NewChat } from '../new-chat/new-chat.tsx'
import { NewGroup } from '../new-chat/new-group.tsx'
import { Settings } from '../settings/settings.tsx'
import { Announcer } from './announcer.tsx'
import { ConnectionBanner } from './connection-banner.tsx'
import { EmptyState } from './empty-state.tsx'
import { listenToKeys } from './keys.ts'
import { PendingDevice } from './pending-device.tsx'
import styles from './shell.module.css'
import { Shortcuts } from './shortcuts.tsx'
import { Switcher } from './switcher.tsx'

const narrow = matchMedia('(max-width: 45rem)')

/** The list on one side, what was picked on the other; one of them below 720 px. */
export function Shell(): JSX.Element {
  const app = useApp()
  const [sheet, setSheet] = createSignal<'shortcuts' | 'switcher' | undefined>(undefined)
  const close = () => setSheet(undefined)
  const chat = () => {
    const at = route()
    return at.screen === 'chat' ? at.conversation : undefined
  }
  const isPending = () => {
    const account = app.account()
    return account.kind === 'signed-in' && account.deviceState === 'pending'
  }
  const [isNarrow, setNarrow] = createSignal(narrow.matches)
  /** Below 720 px the list is all there is, until something is picked. */
  const isListAlone = () => isNarrow() && !['chat', 'settings'].includes(route().screen)
  onMount(() => {
    const look = () => setNarrow(narrow.matches)
    narrow.addEventListener('change', look)
    onCleanup(() => narrow.removeEventListener('change', look))
  })
  onMount(() => onCleanup(listenToKeys({ app, open: setSheet })))
  createEffect(() => {
    const id = chat()
    const title = id === undefined ? undefined : app.conversation(id)?.title
    const unread = app.order().reduce((sum, each) => sum + (app.conversation(each)?.unread ?? 0), 0)
    const name = title === undefined ? words.product : `${title} · ${words.product}`
    document.title = unread > 0 ? `(${unread}) ${name}` : name
  })

  return (
    <div class={styles['shell']} data-screen={route().screen}>
      <a class={styles['skip']} href="#main">
        {words.skip.chat}
      </a>
      <div class={styles['list']} role={isListAlone() ? 'main' : undefined}>
        <ChatList onShortcuts={() => setSheet('shortcuts')} />
      </div>
      <div class={styles['main']} id="main" tabindex={-1}>
        <ConnectionBanner />
        <Switch fallback={<EmptyState />}>
          <Match when={isPending() && route().screen !== 'settings'}>
            <PendingDevice />
          </Match>
          <Match when={chat()} keyed>
            {(id) => <ChatScreen conversation={id} />}
          </Match>
          <Match when={route().screen === 'settings'}>
            <Settings onShortcuts={() => setSheet('shortcuts')} />
          </Match>
        </Switch>
      </div>
      <Show when={route().screen === 'new-chat'}>
        <NewChat />
      </Show>
      <Show when={route().screen === 'new-group'}>
        <NewGroup />
      </Show>
      <Show when={sheet() === 'shortcuts'}>
        <Shortcuts onClose={close} />
      </Show>
      <Show when={sheet() === 'switcher'}>
        <Switcher onClose={close} />
      </Show>
      <Announcer />
    </div>
  )
}
