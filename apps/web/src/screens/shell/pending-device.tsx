import type { JSX } from 'solid-js'
import { Icon } from '../../parts/icon.tsx'
import { words } from '../../words/words.ts'
import styles from './empty-state.module.css'

/** A device that signed in with the password alone can do nothing until a sibling vouches for it. */
export function PendingDevice(): JSX.Element {
  return (
    <main class={styles['empty']}>
      <div class={styles['doors']}>
        <Icon name="device" size={48} />
        <h1>{words.devices.thisPending}</h1>
        <p class={styles['lead']}>{words.devices.thisPendingText}</p>
      </div>
    </main>
  )
}
