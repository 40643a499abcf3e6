import { createSignal, For, type JSX, Match, Show, Switch } from 'solid-js'
import { Avatar } from '../../parts/avatar.tsx'
import { Button, IconButton } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Field } from '../../parts/field.tsx'
import { Icon } from '../../parts/icon.tsx'
import { attempt, say } from '../../parts/toast.tsx'
import { useApp } from '../../state/context.ts'
import { back, go, replace, route } from '../../state/router.ts'
import { changeSettings, settings, type Theme } from '../../state/settings.ts'
import { words } from '../../words/words.ts'
import { Devices } from './devices.tsx'
import styles from './settings.module.css'

export function Settings(props: { onShortcuts: () => void }): JSX.Element {
  const isDevices = () => {
    const at = route()
    return at.screen === 'settings' && at.section === 'devices'
  }
  return (
    <main class={styles['screen']}>
      <header class={styles['head']}>
        <IconButton
          icon="back"
          label={words.common.back}
          onClick={() => back(isDevices() ? { screen: 'settings' } : { screen: 'home' })}
        />
        <h1>{isDevices() ? words.devices.title : words.settings.title}</h1>
      </header>
      <div class={styles['content']}>
        <Switch fallback={<Sections onShortcuts={props.onShortcuts} />}>
          <Match when={isDevices()}>
            <Devices />
          </Match>
        </Switch>
      </div>
    </main>
  )
}

function Sections(props: { onShortcuts: () => void }): JSX.Element {
  const app = useApp()
  const [isLeaving, setLeaving] = createSignal(false)
  const [isBusy, setBusy] = createSignal(false)
  return (
    <>
      <Profile />
      <section class={styles['card']}>
        <h2>{words.settings.appearance}</h2>
        <ThemePicker />
      </section>
      <section class={styles['card']}>
        <h2>{words.settings.writing}</h2>
        <label class={styles['row']}>
          <span class={styles['text']}>
            {words.settings.enter}
            <small>
              {settings().doesEnterSend ? words.settings.enterHint : words.settings.enterOffHint}
            </small>
          </span>
          <input
            type="checkbox"
            role="switch"
            class={styles['switch']}
            checked={settings().doesEnterSend}
            aria-checked={settings().doesEnterSend}
            onChange={(event) => changeSettings({ doesEnterSend: event.currentTarget.checked })}
          />
        </label>
        <button type="button" class={styles['row']} onClick={() => props.onShortcuts()}>
          <Icon name="keyboard" />
          <span class={styles['text']}>{words.settings.shortcuts}</span>
          <Icon name="forward" size={18} />
        </button>
      </section>
      <section class={styles['card']}>
        <h2>{words.settings.security}</h2>
        <button
          type="button"
          class={styles['row']}
          onClick={() => go({ screen: 'settings', section: 'devices' })}
        >
          <Icon name="device" />
          <span class={styles['text']}>
            {words.settings.devices}
            <Show when={app.hasPendingDevice()}>
              <small class={styles['pending']}>{words.devices.pending}</small>
            </Show>
          </span>
          <Icon name="forward" size={18} />
        </button>
      </section>
      <Button look="danger" icon="leave" onClick={() => setLeaving(true)}>
        {words.settings.signOut}
      </Button>
      <Show when={isLeaving()}>
        <Dialog
          title={words.settings.signOutTitle}
          onClose={() => setLeaving(false)}
          isSmall
          foot={
            <>
              <Button look="plain" onClick={() => setLeaving(false)}>
                {words.common.cancel}
              </Button>
              <Button
                look="danger"
                isBusy={isBusy()}
                onClick={() => {
                  setBusy(true)
                  void attempt(async () => {
                    await app.chat.signOut()
                    replace({ screen: 'sign-in' })
                  }).then(() => setBusy(false))
                }}
              >
                {words.settings.signOut}
              </Button>
            </>
          }
        >
          <p>{words.settings.signOutText}</p>
        </Dialog>
      </Show>
    </>
  )
}

function Profile(): JSX.Element {
  const app = useApp()
  const self = () => {
    const account = app.account()
    return account.kind === 'signed-in' ? account : undefined
  }
  const [name, setName] = createSignal(self()?.displayName ?? '')
  const [isBusy, setBusy] = createSignal(false)
  const isChanged = () => name().trim() !== '' && name().trim() !== self()?.displayName

  async function save(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    setBusy(true)
    const isSaved = await attempt(() => app.chat.changeProfile({ displayName: name().trim() }))
    if (isSaved) say(words.settings.saved)
    setBusy(false)
  }

  return (
    <Show when={self()}>
      {(account) => (
        <form class={styles['profile']} onSubmit={(event) => void save(event)}>
          <Avatar id={account().user} title={account().displayName} size="xl" />
          <div class={styles['names']}>
            <Field
              label={words.signIn.displayName}
              maxlength={64}
              value={name()}
              onInput={setName}
              autocomplete="name"
              hint={`${words.signIn.name}: ${account().name}`}
            />
            <Show when={isChanged()}>
              <Button type="submit" look="soft" isBusy={isBusy()}>
                {words.settings.save}
              </Button>
            </Show>
          </div>
        </form>
      )}
    </Show>
  )
}

const themes: readonly Theme[] = ['system', 'light', 'dark']

function ThemePicker(): JSX.Element {
  return (
    <fieldset class={styles['themes']}>
      <legend class="visually-hidden">{words.settings.theme}</legend>
      <For each={themes}>
        {(theme) => (
          <label class={styles['theme']}>
            <input
              type="radio"
              name="theme"
              class="visually-hidden"
              checked={settings().theme === theme}
              onChange={() => changeSettings({ theme })}
            />
            <span class={styles['sample']} data-sample={theme} aria-hidden="true">
              <i />
              <i />
            </span>
            {words.settings.themes[theme]}
          </label>
        )}
      </For>
    </fieldset>
  )
}
