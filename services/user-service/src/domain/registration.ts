import { ChatError, limits, type UserId } from '@parley/protocol'
import type { Accounts, Profile } from './accounts.ts'
import type { NewDevice } from './devices.ts'
import { checkedDisplayText } from './display-text.ts'
import type { PasswordHasher } from './password-hasher.ts'
import { checkNewPassword, normalPassword } from './password-policy.ts'
import { isReservedName, nameCandidates } from './user-name.ts'

const suggestionsMax = 3

export interface Newcomer {
  readonly name: string
  readonly displayName: string | undefined
  readonly password: string
}

export interface RegistrationDependencies {
  readonly accounts: Pick<Accounts, 'create' | 'freeNames'>
  readonly hasher: Pick<PasswordHasher, 'hash'>
  readonly newUserId: () => UserId
  readonly nowMs: () => number
  /** From 0 to 1. */
  readonly fraction: () => number
}

/** Makes accounts. Errors: `name-taken` with names that are free, `weak-password`, `overloaded`. */
export class Registration {
  readonly #dependencies: RegistrationDependencies

  constructor(dependencies: RegistrationDependencies) {
    this.#dependencies = dependencies
  }

  /** What can be said without effort: the caller asks before he takes from a rate limit. */
  async check({ name, password }: Newcomer): Promise<void> {
    checkNewPassword(normalPassword(password), name)
    const [free] = isReservedName(name) ? [] : await this.#dependencies.accounts.freeNames([name])
    if (free === undefined) throw await this.#nameTaken(name)
  }

  async create(
    newcomer: Newcomer,
    deviceOf: (user: UserId) => NewDevice | undefined,
  ): Promise<Profile> {
    const { accounts, hasher, newUserId, nowMs } = this.#dependencies
    const { name, displayName = name, password } = newcomer
    const user = newUserId()
    const profile: Profile = {
      user,
      name,
      displayName: checkedDisplayName(displayName),
      about: '',
    }
    const passwordHash = await hasher.hash(normalPassword(password), user)
    const account = { ...profile, passwordHash, atMs: nowMs() }
    if (!(await accounts.create(account, deviceOf(user)))) throw await this.#nameTaken(name)
    return profile
  }

  async #nameTaken(name: string): Promise<ChatError> {
    const { accounts, fraction } = this.#dependencies
    const free = await accounts.freeNames(nameCandidates(name, fraction, limits.userNameCharsMax))
    return new ChatError('name-taken', 'this name is taken, or looks like one that is', {
      suggestions: free.slice(0, suggestionsMax),
    })
  }
}

export const checkedDisplayName = (text: string): string =>
  checkedDisplayText(text, { graphemesMax: limits.displayNameGraphemesMax, mayHaveLines: false })

export const checkedAbout = (text: string): string =>
  checkedDisplayText(text, { graphemesMax: limits.aboutGraphemesMax, mayHaveLines: true })
