import { For, type JSX } from 'solid-js'
import { Icon, type IconName } from '../../parts/icon.tsx'
import { words } from '../../words/words.ts'
import styles from './welcome.module.css'

const icons: readonly IconName[] = ['lock', 'people', 'device']

/** Beside the form on a wide screen: what this is, in one picture and three lines. */
export function Welcome(): JSX.Element {
  return (
    <aside class={styles['welcome']} aria-label={words.product}>
      <div class={styles['picture']} aria-hidden="true">
        <span class={styles['them']}>
          <i />
          <i />
        </span>
        <span class={styles['me']}>
          <i />
          <i />
          <b>
            <Icon name="check" size={14} />
          </b>
        </span>
        <span class={styles['short']}>
          <i />
        </span>
        <span class={styles['seal']}>
          <Icon name="lock" size={26} />
        </span>
      </div>
      <p class={styles['promise']}>{words.signIn.promise}</p>
      <ul class={styles['points']}>
        <For each={words.signIn.points}>
          {([title, text], index) => (
            <li>
              <span class={styles['icon']}>
                <Icon name={icons[index()] ?? 'check'} size={20} />
              </span>
              <div>
                <strong>{title}</strong>
                <span>{text}</span>
              </div>
            </li>
          )}
        </For>
      </ul>
    </aside>
  )
}
