import { createEffect, createSignal, type JSX, on, onCleanup, onMount, Show } from 'solid-js'
import type { ConversationView } from '../../chat/views.ts'
import { Icon } from '../../parts/icon.tsx'
import { say } from '../../parts/toast.tsx'
import { accountRules } from '../../state/account-rules.ts'
import { useApp } from '../../state/context.ts'
import { settings } from '../../state/settings.ts'
import { sentenceOf } from '../../words/faults.ts'
import { words } from '../../words/words.ts'
import styles from './composer.module.css'

/** A draft is on disk this soon after the last key. */
const draftMs = 300
const encoder = new TextEncoder()

/** Where a message is written. Its draft belongs to the chat and survives everything. */
export function Composer(props: { chat: ConversationView }): JSX.Element {
  const app = useApp()
  const id = props.chat.id
  const [text, setText] = createSignal(app.draft(id) ?? '')
  let area: HTMLTextAreaElement | undefined
  let saving: ReturnType<typeof setTimeout> | undefined

  const bytes = () => (text().length * 3 <= limit ? 0 : encoder.encode(text().trim()).length)
  const over = () => Math.max(0, bytes() - limit)
  const isClosed = () => props.chat.standing === 'left' || props.chat.standing === 'removed'
  const canSend = () => text().trim() !== '' && over() === 0

  onMount(async () => {
    if (matchMedia('(pointer: fine)').matches) area?.focus({ preventScroll: true })
    if (app.draft(id) === undefined) {
      const kept = await app.chat.readDraft(id).catch(() => '')
      if (kept !== '' && text() === '') change(kept)
    }
  })
  onCleanup(() => flush())
  createEffect(on(text, fit))

  /** As high as its text, up to what the style sheet allows. */
  function fit(): void {
    if (area === undefined) return
    area.style.blockSize = 'auto'
    area.style.blockSize = `${area.scrollHeight}px`
  }

  function change(next: string): void {
    setText(next)
    app.setDraft(id, next)
    clearTimeout(saving)
    saving = setTimeout(flush, draftMs)
  }

  function flush(): void {
    if (saving === undefined) return
    clearTimeout(saving)
    saving = undefined
    void app.chat.saveDraft({ conversation: id, text: text() }).catch(() => {})
  }

  async function send(): Promise<void> {
    if (!canSend()) return
    const message = text().trim()
    change('')
    try {
      await app.chat.send({ conversation: id, text: message })
    } catch (error) {
      if (text() === '') change(message)
      say(sentenceOf(error))
    }
    flush()
  }

  function onKeyDown(event: KeyboardEvent): void {
    // Safari reports the Enter that ends a composition with key code 229 only.
    if (event.key !== 'Enter' || event.isComposing || event.keyCode === 229) return
    const isSend = settings().doesEnterSend
      ? !event.shiftKey && !event.altKey
      : event.ctrlKey || event.metaKey
    if (!isSend) return
    event.preventDefault()
    void send()
  }

  return (
    <Show
      when={!isClosed()}
      fallback={
        <p class={styles['closed']}>
          {props.chat.standing === 'left' ? words.composer.left : words.composer.removed}
        </p>
      }
    >
      <form
        class={styles['composer']}
        onSubmit={(event) => {
          event.preventDefault()
          void send()
          area?.focus()
        }}
      >
        <Show when={over() > 0}>
          <p class={styles['note']} id="composer-note" role="alert">
            {words.composer.tooLong(bytesText(over()))}
          </p>
        </Show>
        <Show when={props.chat.standing === 'joining'}>
          <p class={styles['wait']}>{words.composer.joining}</p>
        </Show>
        <div class={styles['frame']}>
          <textarea
            ref={area}
            class={styles['area']}
            rows={1}
            dir="auto"
            aria-label={words.composer.label(props.chat.title)}
            aria-describedby={over() > 0 ? 'composer-note' : undefined}
            placeholder={words.composer.placeholder}
            disabled={props.chat.standing === 'joining'}
            enterkeyhint={settings().doesEnterSend ? 'send' : 'enter'}
            value={text()}
            onInput={(event) => {
              change(event.currentTarget.value)
              if (event.currentTarget.value.trim() !== '') void app.chat.typing(id).catch(() => {})
            }}
            onKeyDown={onKeyDown}
          />
          <button
            type="submit"
            class={styles['send']}
            disabled={!canSend()}
            aria-label={words.composer.send}
            title={words.composer.send}
          >
            <Icon name="send" />
          </button>
        </div>
      </form>
    </Show>
  )
}

const limit = accountRules.textBytesMax

function bytesText(bytes: number): string {
  return bytes < 1_024 ? `${bytes} bytes` : `${(bytes / 1_024).toFixed(1)} KiB`
}
