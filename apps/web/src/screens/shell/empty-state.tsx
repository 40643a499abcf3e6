import { createSignal, type JSX, Show } from 'solid-js'
import { Icon, Mark } from '../../parts/icon.tsx'
import { useApp } from '../../state/context.ts'
import { go } from '../../state/router.ts'
import { firstName } from '../../words/message-words.ts'
import { words } from '../../words/words.ts'
import styles from './empty-state.module.css'

/** Three doors for somebody who has no chat yet; for others a quiet place. */
export function EmptyState(): JSX.Element {
  const app = useApp()
  const isNew = () => app.isListLoaded() && app.order().length === 0
  return (
    <main class={styles['empty']}>
      <Show
        when={isNew()}
        fallback={
          <div class={styles['quiet']}>
            <Mark size={64} />
            <h1 class="visually-hidden">{words.product}</h1>
            <p>{words.empty.pick}</p>
          </div>
        }
      >
        <Doors />
      </Show>
    </main>
  )
}

/** What to do first. On a phone it stands in the list. */
export function Doors(): JSX.Element {
  const app = useApp()
  const [isCopied, setCopied] = createSignal(false)
  const self = () => {
    const account = app.account()
    return account.kind === 'signed-in' ? account : { name: '', displayName: '' }
  }
  return (
    <div class={styles['doors']}>
      <h1>{words.empty.title(firstName(self().displayName))}</h1>
      <p class={styles['lead']}>{words.empty.text}</p>
      <button type="button" class={styles['door']} onClick={() => go({ screen: 'new-chat' })}>
        <span>
          <Icon name="chat" />
        </span>
        <div>
          <strong>{words.empty.start}</strong>
          <small>{words.empty.startText}</small>
        </div>
        <Icon name="forward" size={18} />
      </button>
      <button type="button" class={styles['door']} onClick={() => go({ screen: 'new-group' })}>
        <span>
          <Icon name="people" />
        </span>
        <div>
          <strong>{words.empty.group}</strong>
          <small>{words.empty.groupText}</small>
        </div>
        <Icon name="forward" size={18} />
      </button>
      <button
        type="button"
        class={styles['door']}
        onClick={() => {
          void navigator.clipboard?.writeText(self().name).then(() => setCopied(true))
        }}
      >
        <span>
          <Icon name={isCopied() ? 'check' : 'copy'} />
        </span>
        <div>
          <strong>{words.empty.share}</strong>
          <small>
            {words.empty.shareText} <b>{self().name}</b>
          </small>
        </div>
        <em>{isCopied() ? words.empty.copied : words.empty.copy}</em>
      </button>
    </div>
  )
}
