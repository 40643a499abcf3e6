import { accountRoutes } from '@parley/protocol'
import type { Session, SessionAnswer } from '../net/session.ts'
import { ParleyError } from '../parley-error.ts'
import type { Platform } from '../platform.ts'
import type { LocalState } from '../state/local-state.ts'
import type { AccountRecord } from '../state/records.ts'
import type { Identity } from './identity.ts'

export interface AccountsOptions {
  readonly state: LocalState
  readonly session: Session
  readonly identity: Identity
  readonly platform: Platform
  readonly deviceName: string
  /** Another account, or none: whoever talks to the server stops or starts. */
  readonly onChange: () => void
}

/** How this device comes to an account, and how it loses it. */
export class Accounts {
  readonly #options: AccountsOptions
  #endedBy: 'revoked' | 'expired' | 'copied' | undefined

  constructor(options: AccountsOptions) {
    this.#options = options
  }

  get endedBy(): 'revoked' | 'expired' | 'copied' | undefined {
    return this.#endedBy
  }

  get isSignedIn(): boolean {
    const { account } = this.#options.state
    return account !== undefined && !account.isExpired
  }

  async signUp({
    name,
    displayName,
    password,
  }: {
    readonly name: string
    readonly displayName?: string | undefined
    readonly password: string
  }): Promise<void> {
    this.#requireSignedOut()
    const { session } = this.#options
    const answer = await session.api.call(accountRoutes.signUp, {
      body: {
        name: plainName(name),
        ...(displayName === undefined ? {} : { displayName }),
        password,
        ...this.#common(),
      },
    })
    await this.#adopt(answer, { isFirstDevice: true })
  }

  /** The device that is in the store becomes itself again when it belongs to this account. */
  async signIn({ name, password }: { readonly name: string; readonly password: string }) {
    this.#requireSignedOut()
    const { session, state } = this.#options
    const before = state.account
    const answer = await session.api.call(accountRoutes.signIn, {
      body: {
        name: name.trim().replace(/^@/, ''),
        password,
        ...(before === undefined ? {} : { device: before.device }),
        ...this.#common(),
      },
    })
    await this.#adopt(answer, { isFirstDevice: false })
  }

  async signOut(): Promise<void> {
    const { session, state, onChange } = this.#options
    if (this.isSignedIn)
      // Without network the device is forgotten here; there it stays until it is revoked.
      await session.api.call(accountRoutes.signOut, { body: {} }).catch(ignoreParleyError)
    this.#endedBy = undefined
    session.forgetToken()
    await state.forget()
    onChange()
  }

  /** The server has ended it: for good, or until the password is given again. */
  async ended(reason: 'revoked' | 'expired' | 'copied'): Promise<void> {
    const { session, state, onChange } = this.#options
    this.#endedBy = reason
    session.forgetToken()
    if (reason === 'expired')
      await state.transact((transaction) => {
        if (state.account !== undefined)
          transaction.setAccount({ ...state.account, isExpired: true, refreshToken: null })
      })
    else await state.forget()
    onChange()
  }

  async changeProfile(change: {
    readonly displayName?: string | undefined
    readonly about?: string | undefined
  }): Promise<void> {
    const { session, state } = this.#options
    const profile = await session.api.call(accountRoutes.changeProfile, { body: change })
    await state.transact((transaction) => {
      const { displayName, about } = profile
      transaction.setAccount({ ...transaction.own, displayName, about })
    })
  }

  #requireSignedOut(): void {
    if (this.isSignedIn) throw new ParleyError('conflict', 'this device is signed in already')
  }

  #common() {
    const { deviceName, platform } = this.#options
    return { deviceName, platform: platform.kind, transport: platform.credentials }
  }

  async #adopt(
    answer: SessionAnswer,
    { isFirstDevice }: { readonly isFirstDevice: boolean },
  ): Promise<void> {
    const { state, session, identity, onChange } = this.#options
    const before = state.account
    const isSame = before?.user === answer.user && before.device === answer.device
    if (!isSame) await state.forget()
    this.#endedBy = undefined
    session.adopt(answer)
    const { user, device, name, displayName, refreshToken = null } = answer
    const fresh = isSame ? before : newAccount(isFirstDevice)
    await state.transact((transaction) => {
      const said = { user, device, name, displayName, refreshToken, isExpired: false }
      transaction.setAccount({ ...fresh, ...said })
    })
    // What cannot be done now is done before the first connection.
    await identity.prepare().catch(ignoreParleyError)
    onChange()
  }
}

type Unnamed = Omit<
  AccountRecord,
  'user' | 'device' | 'name' | 'displayName' | 'refreshToken' | 'isExpired'
>

function newAccount(isFirstDevice: boolean): Unnamed {
  return {
    about: '',
    isFirstDevice,
    setup: 'keys',
    accountKey: null,
    accountSeed: null,
    deviceKey: null,
    signature: null,
  }
}

const plainName = (name: string) => name.trim().replace(/^@/, '').toLowerCase()

function ignoreParleyError(error: unknown): void {
  if (!(error instanceof ParleyError)) throw error
}
