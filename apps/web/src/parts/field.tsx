import { createUniqueId, type JSX, Show, splitProps } from 'solid-js'
import styles from './field.module.css'

/** A labelled line of input. The fault stands beside it and is read with it. */
export function Field(
  props: Omit<JSX.InputHTMLAttributes<HTMLInputElement>, 'onInput'> & {
    label: string
    hint?: JSX.Element
    fault?: string | undefined
    note?: string
    /** A control inside of the frame, at its end. */
    end?: JSX.Element
    onInput: (value: string) => void
  },
): JSX.Element {
  const id = createUniqueId()
  const [own, rest] = splitProps(props, ['label', 'hint', 'fault', 'note', 'end', 'onInput'])
  return (
    <div class={styles['field']}>
      <label class={styles['label']} for={id}>
        {own.label}
        <Show when={own.note}>
          <span class={styles['note']}> {own.note}</span>
        </Show>
      </label>
      <div class={styles['frame']} classList={{ [styles['wrong'] ?? '']: own.fault !== undefined }}>
        <input
          {...rest}
          id={id}
          class={styles['input']}
          aria-invalid={own.fault !== undefined}
          aria-describedby={`${id}-hint`}
          onInput={(event) => own.onInput(event.currentTarget.value)}
        />
        {own.end}
      </div>
      <div id={`${id}-hint`} class={styles['hint']}>
        <Show when={own.fault} fallback={own.hint}>
          <span class={styles['fault']} role="alert">
            {own.fault}
          </span>
        </Show>
      </div>
    </div>
  )
}
