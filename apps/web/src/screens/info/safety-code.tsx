import { createResource, For, type JSX, Show } from 'solid-js'
import type { ConversationView } from '../../chat/views.ts'
import { Avatar } from '../../parts/avatar.tsx'
import { Button } from '../../parts/button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Panel } from '../../parts/panel.tsx'
import { attempt, say } from '../../parts/toast.tsx'
import { useApp } from '../../state/context.ts'
import { sentenceOf } from '../../words/faults.ts'
import { ago } from '../../words/format.ts'
import { words } from '../../words/words.ts'
import styles from './info.module.css'

const digitsPerGroup = 5

/** Sixty digits that are the same on both sides when nobody stands between. */
export function SafetyCode(props: {
  user: string
  chat: ConversationView
  onClose: () => void
}): JSX.Element {
  const app = useApp()
  const [code, { refetch }] = createResource(() => app.chat.safetyCode(props.user))
  const member = () => props.chat.members.find(({ user }) => user === props.user)
  const name = () => member()?.displayName ?? props.chat.title
  const known = () => (code.error === undefined ? code() : undefined)
  const groups = () => known()?.digits.match(new RegExp(`.{${digitsPerGroup}}`, 'g')) ?? []
  const presence = () => app.presence(props.user)

  function change(isVerified: boolean): void {
    void attempt(async () => {
      await app.chat.setVerified({ user: props.user, isVerified })
      await refetch()
    })
  }

  return (
    <Panel title={words.code.title} onClose={props.onClose}>
      <div class={styles['top']}>
        <Avatar id={props.user} title={name()} size="xl" />
        <p class={styles['title']}>
          <bdi>{name()}</bdi>
        </p>
        <p class={styles['sub']}>
          {member()?.name}
          <Show when={presence()?.lastSeenMs}>
            {(atMs) => <> · {words.chat.lastSeen(ago(atMs(), Date.now()))}</>}
          </Show>
        </p>
      </div>
      <p class={styles['text']}>{words.code.text(name())}</p>
      <Show
        when={known()}
        fallback={
          <p class={styles['text']} role="status">
            {code.error === undefined ? words.code.loading : sentenceOf(code.error)}
          </p>
        }
      >
        {(safety) => (
          <>
            <ol class={styles['code']} aria-label={words.code.title}>
              <For each={groups()}>{(group) => <li>{group}</li>}</For>
            </ol>
            <Show
              when={safety().isVerified}
              fallback={
                <Button icon="check" onClick={() => change(true)}>
                  {words.code.same}
                </Button>
              }
            >
              <p class={styles['verified']}>
                <Icon name="shield" />
                {words.code.verified(name())}
              </p>
              <Button look="plain" onClick={() => change(false)}>
                {words.code.unverify}
              </Button>
            </Show>
            <Button
              look="soft"
              icon="copy"
              onClick={() =>
                void navigator.clipboard
                  ?.writeText(groups().join(' '))
                  .then(() => say(words.empty.copied))
              }
            >
              {words.code.copy}
            </Button>
          </>
        )}
      </Show>
    </Panel>
  )
}
