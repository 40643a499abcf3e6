import { createSignal, For, type JSX, Show } from 'solid-js'
import { ChatFault } from '../../chat/chat.ts'
import { Button } from '../../parts/button.tsx'
import { Field } from '../../parts/field.tsx'
import { Icon, Mark } from '../../parts/icon.tsx'
import { accountRules, nameFault, normalName, passwordStrength } from '../../state/account-rules.ts'
import { useApp } from '../../state/context.ts'
import { go, replace, route } from '../../state/router.ts'
import { sentenceOf } from '../../words/faults.ts'
import { words } from '../../words/words.ts'
import styles from './sign-in.module.css'
import { Welcome } from './welcome.tsx'

type FieldName = 'name' | 'displayName' | 'password' | 'form'
type Faults = Partial<Record<FieldName, string>>

/** One calm screen for both: who is new makes an account, everybody else signs in. */
export function SignIn(): JSX.Element {
  const app = useApp()
  const isNew = () => route().screen !== 'sign-in'
  const [name, setName] = createSignal('')
  const [displayName, setDisplayName] = createSignal('')
  const [password, setPassword] = createSignal('')
  const [isShown, setShown] = createSignal(false)
  const [isBusy, setBusy] = createSignal(false)
  const [faults, setFaults] = createSignal<Faults>({})
  const [suggestions, setSuggestions] = createSignal<readonly string[]>([])
  const strength = () => passwordStrength(password(), normalName(name()))
  let form: HTMLFormElement | undefined

  function change(field: FieldName, set: (value: string) => void): (value: string) => void {
    return (value) => {
      set(value)
      setFaults(({ [field]: _, form: __, ...others }) => others)
      if (field === 'name') setSuggestions([])
    }
  }

  function check(): Faults {
    const { signIn } = words
    if (!isNew())
      return {
        ...(name().trim() === '' ? { name: signIn.nameNeeded } : {}),
        ...(password() === '' ? { password: signIn.passwordNeeded } : {}),
      }
    const fault = nameFault(name())
    const missing = accountRules.passwordCharsMin - [...password()].length
    const nameSentence = {
      short: signIn.nameShort,
      long: signIn.nameLong,
      letters: signIn.nameLetters,
    }
    return {
      ...(fault === undefined ? {} : { name: nameSentence[fault] }),
      ...(missing > 0 ? { password: signIn.passwordShort(missing) } : {}),
    }
  }

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const found = check()
    setFaults(found)
    if (Object.keys(found).length > 0) return focusFirstFault()
    setBusy(true)
    try {
      const login = { name: normalName(name()), password: password() }
      if (isNew())
        await app.chat.signUp({ ...login, displayName: displayName().trim() || login.name })
      else await app.chat.signIn(login)
      replace({ screen: 'home' })
    } catch (error) {
      show(error)
    } finally {
      setBusy(false)
    }
  }

  function show(error: unknown): void {
    const sentence = sentenceOf(error)
    const code = error instanceof ChatFault ? error.code : 'internal'
    if (error instanceof ChatFault) setSuggestions(error.suggestions)
    if (code === 'name-taken' || code === 'bad-name') setFaults({ name: sentence })
    else if (code === 'weak-password') setFaults({ password: sentence })
    else setFaults({ form: sentence })
    focusFirstFault()
  }

  function focusFirstFault(): void {
    queueMicrotask(() => form?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus())
  }

  function signedOutReason(): string | undefined {
    const account = app.account()
    if (account.kind !== 'signed-out' || account.reason === undefined) return undefined
    return words.signIn.reason[account.reason]
  }

  return (
    <div class={styles['screen']}>
      <Welcome />
      <main class={styles['side']}>
        <form
          ref={form}
          class={styles['form']}
          novalidate
          onInput={() => app.chat.prepare()}
          onSubmit={(event) => void submit(event)}
        >
          <div class={styles['brand']}>
            <Mark size={44} />
            <span>{words.product}</span>
          </div>
          <h1 class={styles['title']}>
            {isNew() ? words.signIn.signUpTitle : words.signIn.signInTitle}
          </h1>
          <Show when={signedOutReason()}>
            <p class={styles['reason']}>
              <Icon name="info" size={20} />
              {signedOutReason()}
            </p>
          </Show>
          <div>
            <Field
              label={words.signIn.name}
              name="username"
              autocomplete="username"
              autocapitalize="none"
              spellcheck={false}
              value={name()}
              onInput={change('name', setName)}
              fault={faults().name}
              hint={isNew() ? words.signIn.nameHint : undefined}
            />
            <Show when={suggestions().length > 0}>
              <p class={styles['suggestions']}>
                {words.signIn.suggestions}
                <For each={suggestions()}>
                  {(suggestion) => (
                    <button type="button" onClick={() => change('name', setName)(suggestion)}>
                      {suggestion}
                    </button>
                  )}
                </For>
              </p>
            </Show>
          </div>
          <Show when={isNew()}>
            <Field
              label={words.signIn.displayName}
              note={words.signIn.optional}
              name="name"
              autocomplete="name"
              maxlength={accountRules.displayNameCharsMax}
              value={displayName()}
              onInput={change('displayName', setDisplayName)}
              fault={faults().displayName}
              hint={words.signIn.displayNameHint}
            />
          </Show>
          <div>
            <Field
              label={words.signIn.password}
              name="password"
              type={isShown() ? 'text' : 'password'}
              autocomplete={isNew() ? 'new-password' : 'current-password'}
              value={password()}
              onInput={change('password', setPassword)}
              fault={faults().password}
              hint={
                isNew() && password() === ''
                  ? words.signIn.passwordHint(accountRules.passwordCharsMin)
                  : undefined
              }
              end={
                <button
                  type="button"
                  class={styles['eye']}
                  aria-pressed={isShown()}
                  aria-label={isShown() ? words.signIn.hidePassword : words.signIn.showPassword}
                  onClick={() => setShown((shown) => !shown)}
                >
                  <Icon name={isShown() ? 'eyeOff' : 'eye'} size={20} />
                </button>
              }
            />
            <Show when={isNew() && password() !== '' && faults().password === undefined}>
              <div class={styles['strength']} data-strength={strength()} role="status">
                <i />
                <i />
                <i />
                <span>{words.signIn.strength[strength()]}</span>
              </div>
            </Show>
          </div>
          <Show when={faults().form}>
            <p class={styles['fault']} role="alert">
              <Icon name="alert" size={20} />
              {faults().form}
            </p>
          </Show>
          <Button type="submit" isWide isBusy={isBusy()}>
            {isBusy() ? words.signIn.working : isNew() ? words.signIn.signUp : words.signIn.signIn}
          </Button>
          <p class={styles['other']}>
            {isNew() ? words.signIn.haveAccount : words.signIn.noAccount}{' '}
            <a
              href={isNew() ? '/sign-in' : '/sign-up'}
              onClick={(event) => {
                event.preventDefault()
                setFaults({})
                go({ screen: isNew() ? 'sign-in' : 'sign-up' })
              }}
            >
              {isNew() ? words.signIn.toSignIn : words.signIn.toSignUp}
            </a>
          </p>
        </form>
      </main>
    </div>
  )
}
