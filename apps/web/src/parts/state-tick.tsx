import { type JSX, Match, Switch } from 'solid-js'
import type { MessageState } from '../chat/views.ts'
import { words } from '../words/words.ts'
import { Icon } from './icon.tsx'
import styles from './state-tick.module.css'

/** Where a message of ours is, by shape and not by colour alone. */
export function StateTick(props: { state: MessageState }): JSX.Element {
  return (
    <span class={styles['tick']} data-state={props.state} title={words.state[props.state]}>
      <span class="visually-hidden">{words.state[props.state]}</span>
      <Switch fallback={<Icon name="clock" size={15} />}>
        <Match when={props.state === 'failed'}>
          <Icon name="alert" size={15} />
        </Match>
        <Match when={props.state === 'sent'}>
          <Ticks count={1} />
        </Match>
        <Match when={props.state === 'delivered'}>
          <Ticks count={2} />
        </Match>
        <Match when={props.state === 'read'}>
          <Ticks count={2} isFilled />
        </Match>
      </Switch>
    </span>
  )
}

/** Two filled ticks are discs with a tick cut out: other shapes than two ticks. */
function Ticks(props: { count: 1 | 2; isFilled?: boolean }): JSX.Element {
  return (
    <Switch>
      <Match when={props.isFilled}>
        <svg width="20" height="14" viewBox="0 0 20 14" aria-hidden="true">
          <path
            fill="currentColor"
            fill-rule="evenodd"
            d="M13.5 1.500a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zm3 3.7-.9-.9-2.9 3.2-1.5-1.5-.9.9 2.4 2.400z"
          />
          <path fill="currentColor" d="M7 1.600a5.5 5.5 0 1 0 0 10.8 7 7 0 0 1 0-10.800z" />
        </svg>
      </Match>
      <Match when={props.count === 1}>
        <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
          <path {...stroke} d="M2.5 7.5l3 3 6-7" />
        </svg>
      </Match>
      <Match when={props.count === 2}>
        <svg width="18" height="14" viewBox="0 0 18 14" aria-hidden="true">
          <path {...stroke} d="M1.5 7.5l3 3 6-7M8.3 9.7l.8.8 6-7" />
        </svg>
      </Match>
    </Switch>
  )
}

const stroke = {
  fill: 'none',
  stroke: 'currentColor',
  'stroke-width': '1.6',
  'stroke-linecap': 'round',
  'stroke-linejoin': 'round',
} as const
