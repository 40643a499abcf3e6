import { type LeafIdentity, safetyNumber, verifyDeviceKey } from '@parley/e2ee'
import { accountRoutes, limits, toBase64Url, type UserId } from '@parley/protocol'
import { type Api, bytesOf } from '../net/api.ts'
import { ParleyError } from '../parley-error.ts'
import type { LocalState } from '../state/local-state.ts'
import type { PersonRecord } from '../state/records.ts'
import type { Transaction } from '../state/transaction.ts'
import type { Person, SafetyNumber } from '../views.ts'

const usersPerCall = 256

/** Who the others are, and which keys are theirs. The first account key that is seen stays. */
export class Directory {
  readonly #state: LocalState
  readonly #api: Api

  constructor({ state, api }: { readonly state: LocalState; readonly api: Api }) {
    this.#state = state
    this.#api = api
  }

  /** By exact name, without telling case or a leading `@`. */
  async find(name: string): Promise<PersonRecord> {
    const plain = name.trim().replace(/^@/, '').toLowerCase()
    if (plain.length < limits.userNameCharsMin || plain.length > limits.userNameCharsMax)
      throw new ParleyError('not-found', 'nobody has such a name')
    const profile = await this.#api.call(accountRoutes.findUser, { query: { name: plain } })
    return await this.#state.transact((transaction) => {
      const person = { ...(transaction.person(profile.user) ?? stranger(profile.user)), ...profile }
      transaction.setPerson(person)
      return person
    })
  }

  async refresh(user: UserId): Promise<PersonRecord | undefined> {
    await this.#readProfiles([user])
    return this.#state.people.get(user)
  }

  /** Looks up the names that are not known yet. Without network they stay so. */
  async ensureNames(users: Iterable<UserId>): Promise<void> {
    const unknown = [...new Set(users)].filter(
      (user) => (this.#state.people.get(user)?.name ?? '') === '',
    )
    for (let at = 0; at < unknown.length; at += usersPerCall)
      await this.#readProfiles(unknown.slice(at, at + usersPerCall))
  }

  /** Looks up the device keys of these users and keeps those that their accounts vouch for. */
  async readKeys(users: Iterable<UserId>): Promise<void> {
    const all = [...new Set(users)]
    for (let at = 0; at < all.length; at += usersPerCall) {
      const some = all.slice(at, at + usersPerCall)
      const answer = await this.#api.call(accountRoutes.readUserKeys, { body: { users: some } })
      for (const keys of answer.users) await this.#takeKeys(keys)
    }
  }

  /** Whether this leaf belongs to its user, as far as is known here. */
  vouchesFor({ user, device, deviceKey }: LeafIdentity, transaction?: Transaction): boolean {
    const known = transaction?.person(user) ?? this.#state.people.get(user)
    if (known === undefined || known.changedKey !== null) return false
    return known.devices[device] === toBase64Url(deviceKey)
  }

  hasChangedKey(user: UserId): boolean {
    return (this.#state.people.get(user)?.changedKey ?? null) !== null
  }

  async safetyNumber(user: UserId): Promise<SafetyNumber> {
    const { account } = this.#state
    if (account === undefined) throw new ParleyError('signed-out')
    if ((this.#state.people.get(user)?.accountKey ?? null) === null) await this.readKeys([user])
    await this.ensureNames([user])
    const person = this.#state.people.get(user)
    const otherKey = user === account.user ? account.accountKey : (person?.accountKey ?? null)
    if (person === undefined || otherKey === null) throw new ParleyError('no-device')
    if (account.accountKey === null) throw new ParleyError('device-pending')
    const digits = safetyNumber({
      own: { user: account.user, accountKey: bytesOf(account.accountKey) },
      other: { user, accountKey: bytesOf(person.changedKey ?? otherKey) },
    })
    return { person: personOf(person), digits, isVerified: person.isVerified }
  }

  async setVerified(user: UserId, isVerified: boolean): Promise<void> {
    await this.#state.transact((transaction) => {
      const person = transaction.person(user)
      if (person?.accountKey == null) throw new ParleyError('not-found')
      transaction.setPerson({ ...person, isVerified })
    })
  }

  /** Goes on with the new key: who had compared the old one has to compare again. */
  async acceptKey(user: UserId): Promise<void> {
    await this.#state.transact((transaction) => {
      const person = transaction.person(user)
      if (person === undefined || person.changedKey === null) return
      const accepted = { accountKey: person.changedKey, changedKey: null, isVerified: false }
      transaction.setPerson({ ...person, ...accepted, devices: {} })
    })
    await this.readKeys([user])
  }

  async #readProfiles(users: readonly UserId[]): Promise<void> {
    const { profiles } = await this.#api.call(accountRoutes.readProfiles, { body: { users } })
    await this.#state.transact((transaction) => {
      for (const profile of profiles)
        transaction.setPerson({
          ...(transaction.person(profile.user) ?? stranger(profile.user)),
          ...profile,
        })
    })
  }

  async #takeKeys({ user, accountKey, devices }: UserKeys): Promise<void> {
    if (accountKey === null) return
    const pinned = this.#pinnedKey(user)
    if (pinned !== null && pinned !== accountKey) return await this.#reportChange(user, accountKey)
    const vouched: Record<string, string> = {}
    for (const { device, deviceKey, signature } of devices) {
      const claim = { user, device, deviceKey: bytesOf(deviceKey) }
      if (await verifyDeviceKey(bytesOf(accountKey), claim, bytesOf(signature)))
        vouched[device] = deviceKey
    }
    await this.#state.transact((transaction) => {
      const person = transaction.person(user) ?? stranger(user)
      if (person.accountKey !== null && person.accountKey !== accountKey) return
      // A device that is listed no more was revoked; its old messages are still its own.
      const known = { ...person.devices, ...vouched }
      transaction.setPerson({ ...person, accountKey, changedKey: null, devices: known })
    })
  }

  #pinnedKey(user: UserId): string | null {
    const { account, people } = this.#state
    if (account?.user === user && account.accountKey !== null) return account.accountKey
    return people.get(user)?.accountKey ?? null
  }

  async #reportChange(user: UserId, changedKey: string): Promise<void> {
    await this.#state.transact((transaction) => {
      const person = transaction.person(user) ?? stranger(user)
      if (person.changedKey === changedKey) return
      transaction.setPerson({ ...person, changedKey })
      transaction.emit({ kind: 'key-changed', user })
    })
  }
}

type UserKeys = ReturnType<typeof accountRoutes.readUserKeys.answer.parse>['users'][number]

export function stranger(user: UserId): PersonRecord {
  return {
    user,
    name: '',
    displayName: '',
    about: '',
    accountKey: null,
    changedKey: null,
    isVerified: false,
    devices: {},
  }
}

export function personOf({ user, name, displayName, about }: PersonRecord): Person {
  return { user, name, displayName: displayName || name, about }
}
