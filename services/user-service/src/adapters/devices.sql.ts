import type { SqlEngine } from '@parley/engines'
import { type DeviceId, limits, type UserId } from '@parley/protocol'
import type { Insertable, Selectable, Transaction } from 'kysely'
import type { Device, DeviceRevocation, Devices, NewDevice, Platform } from '../domain/devices.ts'
import type { Tables } from '../schema/tables.ts'

const dayMs = 24 * 3_600_000

/** The day of a moment, as its first millisecond: when somebody was seen is kept no finer. */
export const dayOf = (atMs: number): number => atMs - (atMs % dayMs)

export class SqlDevices implements Devices {
  readonly #db: SqlEngine<Tables>['db']

  constructor({ db }: SqlEngine<Tables>) {
    this.#db = db
  }

  add(device: NewDevice): Promise<boolean> {
    return this.#db.transaction().execute(async (transaction) => {
      // Writing the account's row first makes two of these wait for one another.
      await transaction
        .updateTable('credentials')
        .set(({ ref }) => ({ key_id: ref('key_id') }))
        .where('user', '=', device.user)
        .execute()
      const { rows } = await transaction
        .selectFrom('devices')
        .select(({ fn }) => fn.countAll<number | bigint>().as('rows'))
        .where('user', '=', device.user)
        .where('revoked_at_ms', 'is', null)
        .executeTakeFirstOrThrow()
      if (Number(rows) >= limits.devicesPerUser) return false
      await transaction.insertInto('devices').values(deviceRow(device)).execute()
      return true
    })
  }

  async find(device: DeviceId): Promise<Device | undefined> {
    const row = await this.#db
      .selectFrom('devices')
      .selectAll()
      .where('device', '=', device)
      .executeTakeFirst()
    return row && toDevice(row)
  }

  async list(user: UserId): Promise<readonly Device[]> {
    const rows = await this.#db
      .selectFrom('devices')
      .selectAll()
      .where('user', '=', user)
      .where('revoked_at_ms', 'is', null)
      .orderBy('added_at_ms')
      .orderBy('device')
      .execute()
    return rows.map(toDevice)
  }

  async rename(device: DeviceId, name: string): Promise<void> {
    await this.#db.updateTable('devices').set({ name }).where('device', '=', device).execute()
  }

  setKey(device: DeviceId, key: Uint8Array, signature: Uint8Array | undefined): Promise<boolean> {
    return this.#db.transaction().execute(async (transaction) => {
      const { numUpdatedRows } = await transaction
        .updateTable('devices')
        .set({ device_key: key })
        .where('device', '=', device)
        .where('revoked_at_ms', 'is', null)
        .where((is) => is.or([is('device_key', 'is', null), is('device_key', '=', key)]))
        .executeTakeFirst()
      if (numUpdatedRows === 0n) return false
      if (signature !== undefined) await sign(transaction, device, { signature })
      return true
    })
  }

  approve(
    device: DeviceId,
    { signature, sealedAccountKey }: Parameters<Devices['approve']>[1],
  ): Promise<boolean> {
    return this.#db
      .transaction()
      .execute((transaction) =>
        sign(transaction, device, { signature, sealed_account_key: sealedAccountKey }),
      )
  }

  revoke(user: UserId, device: DeviceId, atMs: number): Promise<DeviceRevocation | undefined> {
    return this.#db.transaction().execute(async (transaction) => {
      const { numUpdatedRows } = await transaction
        .updateTable('devices')
        .set(({ eb }) => ({
          revoked_at_ms: atMs,
          sealed_account_key: null,
          session_version: eb('session_version', '+', 1),
        }))
        .where('device', '=', device)
        .where('user', '=', user)
        .where('revoked_at_ms', 'is', null)
        .executeTakeFirst()
      if (numUpdatedRows === 0n) return undefined
      await transaction
        .updateTable('sessions')
        .set({ ended_at_ms: atMs })
        .where('device', '=', device)
        .where('ended_at_ms', 'is', null)
        .execute()
      await transaction.deleteFrom('key_packages').where('device', '=', device).execute()
      await enqueue(transaction, 'device-revoked', user, device)
      return { number: await nextRevocation(transaction, user, device, atMs), user, device }
    })
  }

  async revocationHead(): Promise<number> {
    const row = await this.#db
      .selectFrom('revocations')
      .select('number')
      .orderBy('number', 'desc')
      .limit(1)
      .executeTakeFirst()
    return row?.number ?? 0
  }

  async revocations(since: number, fromMs: number): Promise<readonly DeviceRevocation[]> {
    const rows = await this.#db
      .selectFrom('revocations')
      .select(['number', 'user', 'device'])
      .where('number', '>', since)
      .where('at_ms', '>=', fromMs)
      .orderBy('number')
      .execute()
    return rows.map(({ number, user, device }) => ({
      number,
      user: user as UserId,
      device: device as DeviceId,
    }))
  }
}

export function deviceRow(device: NewDevice): Insertable<Tables['devices']> {
  return {
    device: device.device,
    user: device.user,
    name: device.name,
    platform: device.platform,
    added_at_ms: device.addedAtMs,
    last_seen_ms: dayOf(device.addedAtMs),
    device_key: null,
    signature: null,
    sealed_account_key: null,
    session_version: 0,
    revoked_at_ms: null,
  }
}

/** False when there is nothing to sign, or it is signed already. */
async function sign(
  transaction: Transaction<Tables>,
  device: DeviceId,
  set: { readonly signature: Uint8Array; readonly sealed_account_key?: Uint8Array },
): Promise<boolean> {
  const row = await transaction
    .updateTable('devices')
    .set(set)
    .where('device', '=', device)
    .where('device_key', 'is not', null)
    .where('signature', 'is', null)
    .where('revoked_at_ms', 'is', null)
    .returning('user')
    .executeTakeFirst()
  if (row !== undefined) await enqueue(transaction, 'device-added', row.user as UserId, device)
  return row !== undefined
}

async function enqueue(
  transaction: Transaction<Tables>,
  kind: 'device-added' | 'device-revoked',
  user: UserId,
  device: DeviceId,
): Promise<void> {
  // Each happens once in the life of a device, so this is unique; and it sorts by the device's age.
  await transaction
    .insertInto('account_outbox')
    .values({ id: `${device}:${kind}`, kind, user, device })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Takes the next number; whoever takes the same at once waits, and takes the one after it. */
async function nextRevocation(
  transaction: Transaction<Tables>,
  user: UserId,
  device: DeviceId,
  atMs: number,
): Promise<number> {
  for (;;) {
    const { head } = await transaction
      .selectFrom('revocations')
      .select(({ fn }) => fn.max('number').as('head'))
      .executeTakeFirstOrThrow()
    const number = Number(head ?? 0) + 1
    const { numInsertedOrUpdatedRows = 0n } = await transaction
      .insertInto('revocations')
      .values({ number, user, device, at_ms: atMs })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    if (numInsertedOrUpdatedRows > 0n) return number
  }
}

function toDevice(row: Selectable<Tables['devices']>): Device {
  return {
    device: row.device as DeviceId,
    user: row.user as UserId,
    name: row.name,
    platform: row.platform as Platform,
    addedAtMs: row.added_at_ms,
    lastSeenMs: row.last_seen_ms,
    deviceKey: row.device_key,
    signature: row.signature,
    sealedAccountKey: row.sealed_account_key,
    sessionVersion: row.session_version,
    revokedAtMs: row.revoked_at_ms,
  }
}
