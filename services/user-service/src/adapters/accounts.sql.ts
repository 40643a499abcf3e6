import type { SqlEngine } from '@parley/engines'
import type { DeviceId, UserId } from '@parley/protocol'
import type { Selectable, Transaction } from 'kysely'
import type {
  Accounts,
  Credential,
  NewAccount,
  Profile,
  SealedPassword,
  UserKeys,
} from '../domain/accounts.ts'
import type { NewDevice } from '../domain/devices.ts'
import { nameSkeleton } from '../domain/user-name.ts'
import type { Tables } from '../schema/tables.ts'
import { deviceRow } from './devices.sql.ts'

export class SqlAccounts implements Accounts {
  readonly #db: SqlEngine<Tables>['db']

  constructor({ db }: SqlEngine<Tables>) {
    this.#db = db
  }

  create(account: NewAccount, firstDevice: NewDevice | undefined): Promise<boolean> {
    const { user, name, displayName, about, passwordHash, atMs } = account
    return this.#db.transaction().execute(async (transaction) => {
      if (!(await claimName(transaction, name, user))) return false
      await transaction
        .insertInto('users')
        .values({
          user,
          name,
          display_name: displayName,
          about,
          account_key: null,
          created_at_ms: atMs,
        })
        .execute()
      await transaction
        .insertInto('credentials')
        .values({ user, sealed_hash: passwordHash.sealed, key_id: passwordHash.keyId })
        .execute()
      if (firstDevice !== undefined)
        await transaction.insertInto('devices').values(deviceRow(firstDevice)).execute()
      return true
    })
  }

  async freeNames(names: readonly string[]): Promise<readonly string[]> {
    if (names.length === 0) return []
    const rows = await this.#db
      .selectFrom('names')
      .select('skeleton')
      .where('skeleton', 'in', names.map(nameSkeleton))
      .execute()
    const taken = new Set(rows.map(({ skeleton }) => skeleton))
    return names.filter((name) => !taken.has(nameSkeleton(name)))
  }

  async credentialOf(name: string): Promise<Credential | undefined> {
    const row = await this.#credentials().where('names.name', '=', name).executeTakeFirst()
    return row && toCredential(row)
  }

  async credentialOfUser(user: UserId): Promise<Credential | undefined> {
    const row = await this.#credentials().where('users.user', '=', user).executeTakeFirst()
    return row && toCredential(row)
  }

  async replacePassword(user: UserId, hash: SealedPassword, before: SealedPassword): Promise<void> {
    await this.#db
      .updateTable('credentials')
      .set({ sealed_hash: hash.sealed, key_id: hash.keyId })
      .where('user', '=', user)
      .where('sealed_hash', '=', before.sealed)
      .execute()
  }

  async profiles(users: readonly UserId[]): Promise<readonly Profile[]> {
    if (users.length === 0) return []
    const rows = await this.#db
      .selectFrom('users')
      .select(profileColumns)
      .where('user', 'in', users)
      .execute()
    return rows.map(toProfile)
  }

  async find(name: string, asker: UserId): Promise<Profile | undefined> {
    const row = await this.#db
      .selectFrom('names')
      .innerJoin('users', 'users.user', 'names.user')
      .leftJoin('blocks', (join) =>
        join.onRef('blocks.user', '=', 'users.user').on('blocks.target', '=', asker),
      )
      .select(profileColumns)
      .where('names.name', '=', name)
      .where('blocks.target', 'is', null)
      .executeTakeFirst()
    return row && toProfile(row)
  }

  async changeProfile(
    user: UserId,
    change: { readonly displayName?: string | undefined; readonly about?: string | undefined },
  ): Promise<Profile | undefined> {
    const set = {
      ...(change.displayName !== undefined && { display_name: change.displayName }),
      ...(change.about !== undefined && { about: change.about }),
    }
    if (Object.keys(set).length > 0)
      await this.#db.updateTable('users').set(set).where('user', '=', user).execute()
    const [profile] = await this.profiles([user])
    return profile
  }

  async accountKeyOf(user: UserId): Promise<Uint8Array | undefined> {
    const row = await this.#db
      .selectFrom('users')
      .select('account_key')
      .where('user', '=', user)
      .executeTakeFirst()
    return row?.account_key ?? undefined
  }

  async setAccountKey(user: UserId, accountKey: Uint8Array): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('users')
      .set({ account_key: accountKey })
      .where('user', '=', user)
      .where((is) => is.or([is('account_key', 'is', null), is('account_key', '=', accountKey)]))
      .executeTakeFirst()
    return numUpdatedRows > 0n
  }

  async keysOf(users: readonly UserId[]): Promise<readonly UserKeys[]> {
    if (users.length === 0) return []
    const accounts = await this.#db
      .selectFrom('users')
      .select(['user', 'account_key'])
      .where('user', 'in', users)
      .execute()
    const devices = await this.#db
      .selectFrom('devices')
      .select(['user', 'device', 'device_key', 'signature', 'added_at_ms'])
      .where('user', 'in', users)
      .where('signature', 'is not', null)
      .where('device_key', 'is not', null)
      .where('revoked_at_ms', 'is', null)
      .orderBy('added_at_ms')
      .orderBy('device')
      .$narrowType<{ device_key: Uint8Array; signature: Uint8Array }>()
      .execute()
    const byUser = Map.groupBy(devices, ({ user }) => user)
    return accounts.map(({ user, account_key }) => ({
      user: user as UserId,
      accountKey: account_key,
      devices: (byUser.get(user) ?? []).map((row) => ({
        device: row.device as DeviceId,
        deviceKey: row.device_key,
        signature: row.signature,
        addedAtMs: row.added_at_ms,
      })),
    }))
  }

  #credentials() {
    return this.#db
      .selectFrom('users')
      .innerJoin('names', 'names.user', 'users.user')
      .innerJoin('credentials', 'credentials.user', 'users.user')
      .select(profileColumns)
      .select(['credentials.sealed_hash', 'credentials.key_id'])
  }
}

const profileColumns = ['users.user', 'users.name', 'users.display_name', 'users.about'] as const

async function claimName(db: Transaction<Tables>, name: string, user: UserId): Promise<boolean> {
  const { numInsertedOrUpdatedRows = 0n } = await db
    .insertInto('names')
    .values({ skeleton: nameSkeleton(name), name, user })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows > 0n
}

type ProfileRow = Pick<Selectable<Tables['users']>, 'user' | 'name' | 'display_name' | 'about'>

const toProfile = ({ user, name, display_name, about }: ProfileRow): Profile => ({
  user: user as UserId,
  name,
  displayName: display_name,
  about,
})

function toCredential(row: ProfileRow & { sealed_hash: Uint8Array; key_id: string }): Credential {
  const profile = toProfile(row)
  return { user: profile.user, profile, sealed: row.sealed_hash, keyId: row.key_id }
}
