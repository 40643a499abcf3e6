import { createSignal, For, type JSX, Show } from 'solid-js'
import { ChatFault } from '../../chat/chat.ts'
import type { PersonView } from '../../chat/views.ts'
import { Avatar } from '../../parts/avatar.tsx'
import { Field } from '../../parts/field.tsx'
import { Icon } from '../../parts/icon.tsx'
import { nameFault, normalName } from '../../state/account-rules.ts'
import { useApp } from '../../state/context.ts'
import { sentenceOf } from '../../words/faults.ts'
import { words } from '../../words/words.ts'
import styles from './people-picker.module.css'

/** Collects people by exact name; each is looked up before it becomes a chip. */
export function PeoplePicker(props: {
  people: readonly PersonView[]
  /** Who is in the group already. */
  taken?: readonly string[]
  fault?: string | undefined
  onChange: (people: readonly PersonView[]) => void
}): JSX.Element {
  const app = useApp()
  const [name, setName] = createSignal('')
  const [fault, setFault] = createSignal<string>()
  const [isBusy, setBusy] = createSignal(false)

  async function add(): Promise<void> {
    const wanted = normalName(name())
    if (wanted === '' || isBusy()) return
    const account = app.account()
    const isSelf = account.kind === 'signed-in' && account.name === wanted
    const isThere =
      props.people.some((person) => person.name === wanted) ||
      props.taken?.includes(wanted) === true
    if (isSelf) return void setFault(words.newChat.self)
    if (isThere) return void setFault(words.newGroup.already)
    if (nameFault(wanted) !== undefined) return void setFault(words.newChat.notFound)
    setBusy(true)
    try {
      const person = await app.chat.findPerson(wanted)
      props.onChange([...props.people, person])
      setName('')
    } catch (error) {
      const isUnknown = error instanceof ChatFault && error.code === 'not-found'
      setFault(isUnknown ? words.newChat.notFound : sentenceOf(error))
    } finally {
      setBusy(false)
    }
  }

  return (
    <div class={styles['picker']}>
      <Field
        label={words.newGroup.member}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        value={name()}
        onInput={(value) => {
          setName(value)
          setFault(undefined)
        }}
        onKeyDown={(event) => {
          if ((event.key !== 'Enter' && event.key !== ',') || event.isComposing) return
          if (name().trim() === '' && event.key === 'Enter') return
          event.preventDefault()
          void add()
        }}
        fault={fault() ?? props.fault}
        end={
          <button
            type="button"
            class={styles['add']}
            disabled={name().trim() === ''}
            onClick={() => void add()}
          >
            {words.newGroup.add}
          </button>
        }
      />
      <Show when={props.people.length > 0}>
        <ul class={styles['chips']} aria-label={words.newGroup.people}>
          <For each={props.people}>
            {(person) => (
              <li class={styles['chip']}>
                <Avatar id={person.user} title={person.displayName} size="s" />
                <bdi>{person.displayName}</bdi>
                <button
                  type="button"
                  aria-label={words.newGroup.remove(person.displayName)}
                  onClick={() =>
                    props.onChange(props.people.filter(({ user }) => user !== person.user))
                  }
                >
                  <Icon name="close" size={16} />
                </button>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </div>
  )
}
