import { type JSX, Match, Show, Switch } from 'solid-js'
import { Avatar } from '../../parts/avatar.tsx'
import { StateTick } from '../../parts/state-tick.tsx'
import { useApp } from '../../state/context.ts'
import { go, pathOf, replace, route } from '../../state/router.ts'
import { shortWhen } from '../../words/format.ts'
import { lastLineText, typingText } from '../../words/message-words.ts'
import { words } from '../../words/words.ts'
import styles from './chat-list-item.module.css'

const shownUnreadMax = 999

export function ChatListItem(props: { id: string; isOpen: boolean; nowMs: number }): JSX.Element {
  const app = useApp()
  const chat = () => app.conversation(props.id)
  const to = () => ({ screen: 'chat', conversation: props.id }) as const
  const draft = () => (props.isOpen ? '' : (app.draft(props.id) ?? ''))
  const isOnline = () => {
    const peer = chat()?.peer
    return peer !== undefined && app.presence(peer)?.isOnline === true
  }
  return (
    <Show when={chat()}>
      {(view) => (
        <a
          href={pathOf(to())}
          class={styles['item']}
          aria-current={props.isOpen ? 'page' : undefined}
          onClick={(event) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return
            event.preventDefault()
            if (route().screen === 'chat') replace(to())
            else go(to())
          }}
        >
          <Avatar
            id={view().peer ?? view().id}
            title={view().title}
            kind={view().kind}
            isOnline={isOnline()}
          />
          <span class={styles['text']}>
            <span class={styles['top']}>
              <span class={styles['title']}>
                <bdi>{view().title}</bdi>
              </span>
              <Show when={isOnline()}>
                <span class="visually-hidden">{words.list.online}</span>
              </Show>
              <time
                class={styles['when']}
                classList={{ [styles['fresh'] ?? '']: view().unread > 0 }}
              >
                {shortWhen(view().lastActivityMs, props.nowMs)}
              </time>
            </span>
            <span class={styles['bottom']}>
              <Switch fallback={<span class={styles['last']}>{words.list.noMessages}</span>}>
                <Match when={app.typing(props.id).length > 0}>
                  <span class={`${styles['last']} ${styles['typing']}`}>
                    {typingText(app.typing(props.id), view().kind === 'group')}
                  </span>
                </Match>
                <Match when={draft() !== ''}>
                  <span class={styles['last']}>
                    <b class={styles['draft']}>{words.list.draft}</b> {draft()}
                  </span>
                </Match>
                <Match when={view().last}>
                  {(last) => (
                    <>
                      <Show when={last().isOwn && last().content.kind !== 'system'}>
                        <StateTick state={last().state} />
                      </Show>
                      <span class={styles['last']}>
                        {lastLineText(last(), view().kind === 'group')}
                      </span>
                    </>
                  )}
                </Match>
              </Switch>
              <Show when={view().unread > 0}>
                <span class={styles['badge']}>
                  <span aria-hidden="true">
                    {view().unread > shownUnreadMax ? words.list.many : view().unread}
                  </span>
                  <span class="visually-hidden">{words.list.unread(view().unread)}</span>
                </span>
              </Show>
            </span>
          </span>
        </a>
      )}
    </Show>
  )
}
