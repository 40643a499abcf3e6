import { createSignal, type JSX } from 'solid-js'
import type { PersonView } from '../../chat/views.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Field } from '../../parts/field.tsx'
import { useApp } from '../../state/context.ts'
import { back, replace } from '../../state/router.ts'
import { sentenceOf } from '../../words/faults.ts'
import { words } from '../../words/words.ts'
import { PeoplePicker } from './people-picker.tsx'

const titleCharsMax = 64

export function NewGroup(): JSX.Element {
  const app = useApp()
  const [title, setTitle] = createSignal('')
  const [people, setPeople] = createSignal<readonly PersonView[]>([])
  const [titleFault, setTitleFault] = createSignal<string>()
  const [peopleFault, setPeopleFault] = createSignal<string>()
  const [isBusy, setBusy] = createSignal(false)

  async function create(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    setTitleFault(title().trim() === '' ? words.newGroup.nameNeeded : undefined)
    setPeopleFault(people().length === 0 ? words.newGroup.none : undefined)
    if (titleFault() !== undefined || peopleFault() !== undefined) return
    setBusy(true)
    try {
      const names = people().map(({ name }) => name)
      const conversation = await app.chat.createGroup({ title: title().trim(), names })
      replace({ screen: 'chat', conversation })
    } catch (error) {
      setPeopleFault(sentenceOf(error))
    } finally {
      setBusy(false)
    }
  }

  return (
    <Dialog
      title={words.newGroup.title}
      onClose={() => back({ screen: 'home' })}
      foot={
        <>
          <Button look="plain" onClick={() => back({ screen: 'home' })}>
            {words.common.cancel}
          </Button>
          <Button type="submit" form="new-group" isBusy={isBusy()}>
            {words.newGroup.create}
          </Button>
        </>
      }
    >
      <form id="new-group" novalidate onSubmit={(event) => void create(event)}>
        <Field
          label={words.newGroup.name}
          autocomplete="off"
          autofocus
          maxlength={titleCharsMax}
          value={title()}
          onInput={(value) => {
            setTitle(value)
            setTitleFault(undefined)
          }}
          fault={titleFault()}
        />
      </form>
      <PeoplePicker
        people={people()}
        fault={peopleFault()}
        onChange={(next) => {
          setPeople(next)
          setPeopleFault(undefined)
        }}
      />
    </Dialog>
  )
}
