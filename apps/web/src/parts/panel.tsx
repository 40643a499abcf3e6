import type { JSX, ParentProps } from 'solid-js'
import { words } from '../words/words.ts'
import { IconButton } from './button.tsx'
import styles from './panel.module.css'

/** What stands beside a chat on a wide screen, and above it on a narrow one. */
export function Panel(props: ParentProps<{ title: string; onClose: () => void }>): JSX.Element {
  return (
    <aside class={styles['panel']} aria-label={props.title}>
      <header class={styles['head']}>
        <IconButton icon="close" label={words.common.close} onClick={() => props.onClose()} />
        <h2>{props.title}</h2>
      </header>
      <div class={styles['content']}>{props.children}</div>
    </aside>
  )
}
