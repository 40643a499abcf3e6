import { createEffect, createResource, createSignal, For, type JSX, on, Show } from 'solid-js'
import type { DeviceView } from '../../chat/views.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Field } from '../../parts/field.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Menu } from '../../parts/menu.tsx'
import { attempt } from '../../parts/toast.tsx'
import { useApp } from '../../state/context.ts'
import { sentenceOf } from '../../words/faults.ts'
import { daysSince } from '../../words/format.ts'
import { words } from '../../words/words.ts'
import styles from './settings.module.css'

type Question = { readonly kind: 'rename' | 'revoke'; readonly device: DeviceView }

/** Where this account is signed in. */
export function Devices(): JSX.Element {
  const app = useApp()
  const [devices, { refetch }] = createResource(() => app.chat.devices())
  const [question, setQuestion] = createSignal<Question>()
  createEffect(on(app.deviceChanges, () => void refetch(), { defer: true }))
  const all = () => (devices.error === undefined ? (devices.latest ?? []) : [])
  const pending = () => all().filter(({ state, isCurrent }) => state === 'pending' && !isCurrent)
  const current = () => all().filter(({ isCurrent }) => isCurrent)
  const others = () => all().filter(({ state, isCurrent }) => state === 'active' && !isCurrent)

  function close(): void {
    setQuestion(undefined)
    void refetch()
  }

  return (
    <>
      <p class={styles['lead']}>{words.devices.text}</p>
      <Show when={devices.error}>
        <p class={styles['lead']} role="alert">
          {sentenceOf(devices.error)}
        </p>
      </Show>
      <For each={pending()}>
        {(device) => (
          <section class={`${styles['card']} ${styles['waiting']}`}>
            <h2>{words.devices.pending}</h2>
            <DeviceRow device={device} onAsk={setQuestion} />
            <p class={styles['lead']}>{words.devices.pendingText}</p>
            <Button
              icon="check"
              onClick={() =>
                void attempt(() => app.chat.approveDevice(device.device)).then(() => refetch())
              }
            >
              {words.devices.approve}
            </Button>
          </section>
        )}
      </For>
      <section class={styles['card']}>
        <h2>{words.devices.current}</h2>
        <For each={current()}>{(device) => <DeviceRow device={device} onAsk={setQuestion} />}</For>
      </section>
      <section class={styles['card']}>
        <h2>{words.devices.others}</h2>
        <For each={others()} fallback={<p class={styles['lead']}>{words.devices.none}</p>}>
          {(device) => <DeviceRow device={device} onAsk={setQuestion} />}
        </For>
      </section>
      <Show when={question()} keyed>
        {({ kind, device }) =>
          kind === 'rename' ? (
            <RenameDevice device={device} onClose={close} />
          ) : (
            <RevokeDevice device={device} onClose={close} />
          )
        }
      </Show>
    </>
  )
}

function DeviceRow(props: {
  device: DeviceView
  onAsk: (question: Question) => void
}): JSX.Element {
  const ask = (kind: Question['kind']) => () => props.onAsk({ kind, device: props.device })
  return (
    <div class={styles['device']}>
      <Icon name="device" size={26} />
      <span class={styles['text']}>
        <bdi>{props.device.name}</bdi>
        <small>
          {words.devices.added(daysSince(props.device.addedAtMs, Date.now()))}
          <Show when={!props.device.isCurrent}>
            , {words.devices.seen(daysSince(props.device.lastSeenMs, Date.now()))}
          </Show>
        </small>
      </span>
      <Menu
        icon="more"
        label={words.info.options(props.device.name)}
        items={[
          { label: words.devices.rename, icon: 'pen', act: ask('rename') },
          ...(props.device.isCurrent
            ? []
            : [
                {
                  label: words.devices.revoke,
                  icon: 'leave',
                  isDanger: true,
                  act: ask('revoke'),
                } as const,
              ]),
        ]}
      />
    </div>
  )
}

function RenameDevice(props: { device: DeviceView; onClose: () => void }): JSX.Element {
  const app = useApp()
  const [name, setName] = createSignal(props.device.name)
  async function save(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const { device } = props.device
    if (await attempt(() => app.chat.renameDevice({ device, name: name().trim() }))) props.onClose()
  }
  return (
    <Dialog
      title={words.devices.rename}
      onClose={props.onClose}
      isSmall
      foot={
        <Button type="submit" form="rename-device" disabled={name().trim() === ''}>
          {words.info.save}
        </Button>
      }
    >
      <form id="rename-device" onSubmit={(event) => void save(event)}>
        <Field
          label={words.devices.name}
          autofocus
          maxlength={64}
          value={name()}
          onInput={setName}
        />
      </form>
    </Dialog>
  )
}

function RevokeDevice(props: { device: DeviceView; onClose: () => void }): JSX.Element {
  const app = useApp()
  const [password, setPassword] = createSignal('')
  const [fault, setFault] = createSignal<string>()
  const [isBusy, setBusy] = createSignal(false)
  async function revoke(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    if (password() === '') return void setFault(words.signIn.passwordNeeded)
    setBusy(true)
    try {
      await app.chat.revokeDevice({ device: props.device.device, password: password() })
      props.onClose()
    } catch (error) {
      setFault(sentenceOf(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog
      title={words.devices.revokeTitle(props.device.name)}
      onClose={props.onClose}
      isSmall
      foot={
        <>
          <Button look="plain" onClick={props.onClose}>
            {words.common.cancel}
          </Button>
          <Button type="submit" form="revoke-device" look="danger" isBusy={isBusy()}>
            {words.devices.revokeAction}
          </Button>
        </>
      }
    >
      <p>{words.devices.revokeText}</p>
      <form id="revoke-device" novalidate onSubmit={(event) => void revoke(event)}>
        <Field
          label={words.devices.password}
          type="password"
          autocomplete="current-password"
          autofocus
          value={password()}
          onInput={(value) => {
            setPassword(value)
            setFault(undefined)
          }}
          fault={fault()}
        />
      </form>
    </Dialog>
  )
}
