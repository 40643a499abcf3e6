import { createUniqueId, type JSX, onMount, type ParentProps, Show } from 'solid-js'
import { words } from '../words/words.ts'
import { IconButton } from './button.tsx'
import styles from './dialog.module.css'

/**
 * A question or a small form above the page. Esc and the backdrop close it; the browser keeps the
 * focus inside and gives it back to where it came from.
 */
export function Dialog(
  props: ParentProps<{ title: string; onClose: () => void; foot?: JSX.Element; isSmall?: boolean }>,
): JSX.Element {
  const id = createUniqueId()
  let element: HTMLDialogElement | undefined
  let pressedOutside = false
  onMount(() => {
    element?.showModal()
    // For pointers alone: the keyboard has Esc.
    element?.addEventListener('pointerdown', (event) => {
      pressedOutside = event.target === element
    })
    element?.addEventListener('click', (event) => {
      if (pressedOutside && event.target === element) props.onClose()
    })
  })
  return (
    <dialog
      ref={element}
      class={styles['dialog']}
      classList={{ [styles['small'] ?? '']: props.isSmall === true }}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        props.onClose()
      }}
    >
      <div class={styles['body']}>
        <header class={styles['head']}>
          <h2 id={id}>{props.title}</h2>
          <IconButton icon="close" label={words.common.close} onClick={() => props.onClose()} />
        </header>
        <div class={styles['content']}>{props.children}</div>
        <Show when={props.foot}>
          <footer class={styles['foot']}>{props.foot}</footer>
        </Show>
      </div>
    </dialog>
  )
}
