import { ChatError, type UserId } from '@parley/protocol'
import type { Accounts, Credential } from './accounts.ts'
import type { PasswordHasher } from './password-hasher.ts'
import { normalPassword } from './password-policy.ts'
import type { RateLimiter } from './rate-limits.ts'

export interface PasswordCheckDependencies {
  readonly accounts: Pick<Accounts, 'credentialOf' | 'credentialOfUser' | 'replacePassword'>
  readonly hasher: PasswordHasher
  readonly limiter: RateLimiter
}

/**
 * Whether somebody knows the password of an account. Every try counts against the account, so that
 * guessing is slow wherever it comes from. Errors: `bad-credentials`, `rate`, `overloaded`.
 */
export class PasswordCheck {
  readonly #dependencies: PasswordCheckDependencies

  constructor(dependencies: PasswordCheckDependencies) {
    this.#dependencies = dependencies
  }

  /** The same answer, after the same work, for a wrong password and for a name that nobody has. */
  async ofName(name: string, password: string): Promise<Credential> {
    const { accounts, hasher, limiter } = this.#dependencies
    await limiter.take('sign-in-of-account', name)
    const credential = await accounts.credentialOf(name)
    if (credential !== undefined) return this.#checked(credential, password)
    await hasher.verifyNothing(normalPassword(password))
    throw badCredentials()
  }

  /** For what wants the password again. */
  async ofUser(user: UserId, password: string): Promise<void> {
    const { accounts, limiter } = this.#dependencies
    const credential = await accounts.credentialOfUser(user)
    if (credential === undefined) throw new ChatError('revoked', 'the account is gone')
    await limiter.take('sign-in-of-account', credential.profile.name)
    await this.#checked(credential, password)
  }

  async #checked(credential: Credential, password: string): Promise<Credential> {
    const { accounts, hasher } = this.#dependencies
    const { user } = credential
    const normal = normalPassword(password)
    if (!(await hasher.verify(normal, credential, user))) throw badCredentials()
    if (hasher.isOutdated(credential, user))
      await accounts.replacePassword(user, await hasher.hash(normal, user), credential)
    return credential
  }
}

const badCredentials = () => new ChatError('bad-credentials', 'name and password do not match')
