import { For, type JSX } from 'solid-js'
import { Dialog } from '../../parts/dialog.tsx'
import { words } from '../../words/words.ts'
import styles from './shortcuts.module.css'

export function Shortcuts(props: { onClose: () => void }): JSX.Element {
  return (
    <Dialog title={words.shortcuts.title} onClose={props.onClose} isSmall>
      <dl class={styles['rows']}>
        <For each={words.shortcuts.rows}>
          {([keys, text]) => (
            <div>
              <dt>{text}</dt>
              <dd>
                <For each={keys.split('  ')}>
                  {(combination) => (
                    <span>
                      <For each={combination.split(' ')}>{(key) => <kbd>{key}</kbd>}</For>
                    </span>
                  )}
                </For>
              </dd>
            </div>
          )}
        </For>
      </dl>
    </Dialog>
  )
}
