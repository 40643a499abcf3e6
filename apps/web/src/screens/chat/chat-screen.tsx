import { createEffect, type JSX, Match, onCleanup, onMount, Show, Switch } from 'solid-js'
import { useApp } from '../../state/context.ts'
import { replace, route } from '../../state/router.ts'
import { words } from '../../words/words.ts'
import { GroupInfo } from '../info/group-info.tsx'
import { SafetyCode } from '../info/safety-code.tsx'
import { ChatHeader } from './chat-header.tsx'
import styles from './chat-screen.module.css'
import { Composer } from './composer.tsx'
import { TimelineView } from './timeline-view.tsx'

/** One chat: who it is with, what was said, what is being written, and what stands beside it. */
export function ChatScreen(props: { conversation: string }): JSX.Element {
  const app = useApp()
  const chat = () => app.conversation(props.conversation)
  const panel = () => {
    const at = route()
    return at.screen === 'chat' ? at.panel : undefined
  }
  const close = () => replace({ screen: 'chat', conversation: props.conversation })
  onMount(() => document.getElementById('main')?.scrollIntoView?.())
  createEffect(() => {
    if (app.isListLoaded() && chat() === undefined) replace({ screen: 'home' })
  })
  onCleanup(() => app.timeline(props.conversation).leave())

  return (
    <Show when={chat()} fallback={<main class={styles['gone']}>{words.chat.gone}</main>}>
      {(view) => (
        <div class={styles['columns']} data-panel={panel() === undefined ? 'none' : 'open'}>
          <main class={styles['chat']}>
            <ChatHeader chat={view()} />
            <TimelineView chat={view()} />
            <Composer chat={view()} />
          </main>
          <Switch>
            <Match when={panel()?.kind === 'info' && view().kind === 'group'}>
              <GroupInfo chat={view()} onClose={close} />
            </Match>
            <Match when={codeUser()} keyed>
              {(user) => <SafetyCode user={user} chat={view()} onClose={close} />}
            </Match>
          </Switch>
        </div>
      )}
    </Show>
  )

  function codeUser(): string | undefined {
    const at = panel()
    return at?.kind === 'code' ? at.user : undefined
  }
}
