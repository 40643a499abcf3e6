import { type JSX, Match, Show, Switch } from 'solid-js'
import type { ConversationView } from '../../chat/views.ts'
import { Icon } from '../../parts/icon.tsx'
import type { Row } from '../../state/rows.ts'
import type { Timeline } from '../../state/timeline.ts'
import { dayTitle } from '../../words/format.ts'
import { systemLine } from '../../words/message-words.ts'
import { words } from '../../words/words.ts'
import { Bubble } from './bubble.tsx'
import styles from './row-view.module.css'

type RowOf<Kind extends Row['kind']> = Extract<Row, { kind: Kind }>

/** One row of the timeline: a message, or a line between messages. */
export function RowView(props: {
  row: string
  timeline: Timeline
  chat: ConversationView
}): JSX.Element {
  const row = () => props.timeline.row(props.row)
  const as = <Kind extends Row['kind']>(kind: Kind): RowOf<Kind> | undefined => {
    const it = row()
    return it?.kind === kind ? (it as RowOf<Kind>) : undefined
  }
  return (
    <Switch>
      <Match when={as('message')}>
        {(place) => (
          <Show when={props.timeline.message(place().id)}>
            {(message) => (
              <Show
                when={message().content.kind !== 'system'}
                fallback={<SystemLine timeline={props.timeline} id={place().id} />}
              >
                <Bubble
                  message={message()}
                  chat={props.chat}
                  isFirst={place().isFirstOfGroup}
                  isLast={place().isLastOfGroup}
                />
              </Show>
            )}
          </Show>
        )}
      </Match>
      <Match when={as('day')}>
        {(day) => (
          <div class={styles['line']}>
            <span>{dayTitle(day().atMs, Date.now())}</span>
          </div>
        )}
      </Match>
      <Match when={as('new')}>
        <div class={styles['new']}>
          <span>{words.chat.newMessages}</span>
        </div>
      </Match>
      <Match when={as('start')}>
        <div class={styles['start']}>
          <span>
            <Icon name="lock" size={24} />
          </span>
          <strong>{props.chat.kind === 'direct' ? words.chat.hello : props.chat.title}</strong>
          <p>{words.chat.helloText}</p>
        </div>
      </Match>
    </Switch>
  )
}

function SystemLine(props: { timeline: Timeline; id: string }): JSX.Element {
  const text = () => {
    const message = props.timeline.message(props.id)
    return message?.content.kind === 'system' ? systemLine(message.content, message) : ''
  }
  return (
    <div class={styles['line']}>
      <span class={styles['system']}>{text()}</span>
    </div>
  )
}
