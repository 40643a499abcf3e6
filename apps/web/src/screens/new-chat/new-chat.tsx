import { createSignal, type JSX } from 'solid-js'
import { ChatFault } from '../../chat/chat.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Field } from '../../parts/field.tsx'
import { nameFault, normalName } from '../../state/account-rules.ts'
import { useApp } from '../../state/context.ts'
import { back, replace } from '../../state/router.ts'
import { sentenceOf } from '../../words/faults.ts'
import { words } from '../../words/words.ts'

/** A chat with one person, found by exact name: there is no list of people to look through. */
export function NewChat(): JSX.Element {
  const app = useApp()
  const [name, setName] = createSignal('')
  const [fault, setFault] = createSignal<string>()
  const [isBusy, setBusy] = createSignal(false)
  const close = () => back({ screen: 'home' })

  async function start(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const account = app.account()
    const wanted = normalName(name())
    if (nameFault(wanted) !== undefined) return void setFault(words.newChat.notFound)
    if (account.kind === 'signed-in' && wanted === account.name)
      return void setFault(words.newChat.self)
    setBusy(true)
    try {
      const conversation = await app.chat.openDirect(wanted)
      replace({ screen: 'chat', conversation })
    } catch (error) {
      const isUnknown = error instanceof ChatFault && error.code === 'not-found'
      setFault(isUnknown ? words.newChat.notFound : sentenceOf(error))
    } finally {
      setBusy(false)
    }
  }

  return (
    <Dialog
      title={words.newChat.title}
      onClose={close}
      isSmall
      foot={
        <>
          <Button look="plain" onClick={() => replace({ screen: 'new-group' })}>
            {words.newChat.group}
          </Button>
          <Button type="submit" form="new-chat" isBusy={isBusy()}>
            {words.newChat.start}
          </Button>
        </>
      }
    >
      <form id="new-chat" novalidate onSubmit={(event) => void start(event)}>
        <Field
          label={words.newChat.name}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          autofocus
          value={name()}
          onInput={(value) => {
            setName(value)
            setFault(undefined)
          }}
          hint={words.newChat.hint}
          fault={fault()}
        />
      </form>
    </Dialog>
  )
}
