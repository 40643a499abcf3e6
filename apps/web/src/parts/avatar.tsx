import { type JSX, Show } from 'solid-js'
import styles from './avatar.module.css'
import { Icon } from './icon.tsx'

const hues = 8

/** The same person or group has the same colour on every screen and device. */
export function hueOf(id: string): number {
  let hash = 2_166_136_261
  for (let index = 0; index < id.length; index += 1)
    hash = Math.imul(hash ^ id.charCodeAt(index), 16_777_619)
  return (hash >>> 0) % hues
}

export function initialsOf(title: string): string {
  const words = title
    .trim()
    .split(/[\s_.]+/u)
    .filter((word) => /[\p{L}\p{N}]/u.test(word))
  const letters = words.map(
    (word) => [...word].find((letter) => /[\p{L}\p{N}]/u.test(letter)) ?? '',
  )
  const [first = '?', ...rest] = letters
  return (first + (rest.at(-1) ?? '')).toUpperCase()
}

/** A round picture made of a colour and initials. It repeats the name beside it, so it is silent. */
export function Avatar(props: {
  id: string
  title: string
  kind?: 'direct' | 'group'
  size?: 's' | 'm' | 'l' | 'xl'
  isOnline?: boolean
}): JSX.Element {
  return (
    <span
      class={`${styles['avatar']} ${styles[props.size ?? 'm']} ${styles[`hue${hueOf(props.id)}`]}`}
      classList={{ [styles['group'] ?? '']: props.kind === 'group' }}
      aria-hidden="true"
    >
      <Show
        when={props.kind === 'group' && !/[\p{L}\p{N}]/u.test(props.title)}
        fallback={initialsOf(props.title)}
      >
        <Icon name="people" size={20} />
      </Show>
      <Show when={props.isOnline}>
        <span class={styles['dot']} />
      </Show>
    </span>
  )
}
