import { createMemo, createSignal, For, type JSX, Show } from 'solid-js'
import { Avatar } from '../../parts/avatar.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Field } from '../../parts/field.tsx'
import { useApp } from '../../state/context.ts'
import { go } from '../../state/router.ts'
import { isMatch } from '../../words/format.ts'
import { words } from '../../words/words.ts'
import styles from './switcher.module.css'

const shownMax = 8

/** Ctrl+K: a few letters and Enter lead to any chat. */
export function Switcher(props: { onClose: () => void }): JSX.Element {
  const app = useApp()
  const [text, setText] = createSignal('')
  const [at, setAt] = createSignal(0)
  const found = createMemo(() =>
    app
      .order()
      .flatMap((id) => app.conversation(id) ?? [])
      .filter(({ title }) => isMatch(title, text()))
      .slice(0, shownMax),
  )

  function open(id: string | undefined): void {
    if (id === undefined) return
    props.onClose()
    go({ screen: 'chat', conversation: id })
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.isComposing) return
    const last = Math.max(0, found().length - 1)
    if (event.key === 'ArrowDown') setAt((index) => Math.min(last, index + 1))
    else if (event.key === 'ArrowUp') setAt((index) => Math.max(0, index - 1))
    else if (event.key === 'Enter') open(found()[at()]?.id)
    else return
    event.preventDefault()
  }

  return (
    <Dialog title={words.switcher.title} onClose={props.onClose} isSmall>
      <Field
        label={words.switcher.placeholder}
        role="combobox"
        aria-expanded="true"
        aria-controls="switcher-list"
        aria-activedescendant={found().length > 0 ? `switcher-${at()}` : undefined}
        autocomplete="off"
        autofocus
        value={text()}
        onInput={(value) => {
          setText(value)
          setAt(0)
        }}
        onKeyDown={onKeyDown}
      />
      <Show when={found().length > 0} fallback={<p>{words.switcher.none}</p>}>
        <div id="switcher-list" role="listbox" aria-label={words.list.title} class={styles['list']}>
          <For each={found()}>
            {(each, index) => (
              <div
                id={`switcher-${index()}`}
                role="option"
                tabIndex={-1}
                aria-selected={index() === at()}
                class={styles['item']}
                onClick={() => open(each.id)}
                onKeyDown={onKeyDown}
              >
                <Avatar id={each.peer ?? each.id} title={each.title} kind={each.kind} size="s" />
                <bdi>{each.title}</bdi>
              </div>
            )}
          </For>
        </div>
      </Show>
    </Dialog>
  )
}
