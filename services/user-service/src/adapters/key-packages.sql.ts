import { createHash } from 'node:crypto'
import type { SqlEngine } from '@parley/engines'
import { type DeviceId, limits, type UserId } from '@parley/protocol'
import type { ClaimedKeyPackage, KeyPackageStock, KeyPackages } from '../domain/key-packages.ts'
import type { Tables } from '../schema/tables.ts'

export class SqlKeyPackages implements KeyPackages {
  readonly #db: SqlEngine<Tables>['db']

  constructor({ db }: SqlEngine<Tables>) {
    this.#db = db
  }

  async publish({
    device,
    suite,
    keyPackages,
    lastResort,
    atMs,
  }: Parameters<KeyPackages['publish']>[0]): Promise<KeyPackageStock> {
    await this.#db.transaction().execute(async (transaction) => {
      const { rows } = await transaction
        .selectFrom('key_packages')
        .select(({ fn }) => fn.countAll<number | bigint>().as('rows'))
        .where('device', '=', device)
        .where('is_last_resort', '=', 0)
        .where('claimed_at_ms', 'is', null)
        .executeTakeFirstOrThrow()
      let room = limits.keyPackagesPerDevice - Number(rows)
      for (const body of keyPackages) {
        if (room <= 0) break
        const { numInsertedOrUpdatedRows = 0n } = await transaction
          .insertInto('key_packages')
          .values(packageRow({ device, suite, body, isLastResort: 0, atMs }))
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst()
        room -= Number(numInsertedOrUpdatedRows)
      }
      if (lastResort === undefined) return
      await transaction
        .deleteFrom('key_packages')
        .where('device', '=', device)
        .where('suite', '=', suite)
        .where('is_last_resort', '=', 1)
        .execute()
      await transaction
        .insertInto('key_packages')
        .values(packageRow({ device, suite, body: lastResort, isLastResort: 1, atMs }))
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    })
    return this.stock(device)
  }

  async stock(device: DeviceId): Promise<KeyPackageStock> {
    const rows = await this.#db
      .selectFrom('key_packages')
      .select(['is_last_resort', ({ fn }) => fn.countAll<number | bigint>().as('rows')])
      .where('device', '=', device)
      .where('claimed_at_ms', 'is', null)
      .groupBy('is_last_resort')
      .execute()
    const of = (isLastResort: number) =>
      Number(rows.find(({ is_last_resort }) => is_last_resort === isLastResort)?.rows ?? 0)
    return { available: of(0), hasLastResort: of(1) > 0 }
  }

  async claim({
    users,
    devices,
    except,
    suite,
    atMs,
  }: Parameters<KeyPackages['claim']>[0]): Promise<readonly ClaimedKeyPackage[]> {
    if (users.length === 0 || devices?.length === 0) return []
    const targets = await this.#db
      .selectFrom('devices')
      .select(['user', 'device'])
      .where('user', 'in', users)
      .$if(devices !== undefined, (query) => query.where('device', 'in', devices ?? []))
      .where('device', '!=', except)
      .where('signature', 'is not', null)
      .where('revoked_at_ms', 'is', null)
      .orderBy('added_at_ms')
      .orderBy('device')
      .execute()
    const claimed: ClaimedKeyPackage[] = []
    for (const target of targets) {
      const user = target.user as UserId
      const device = target.device as DeviceId
      const keyPackage = await this.#claimOne(device, suite, atMs)
      if (keyPackage === undefined) continue
      const { available } = await this.stock(device)
      claimed.push({ user, device, keyPackage, available })
    }
    return claimed
  }

  async forget(beforeMs: number): Promise<void> {
    await this.#db.deleteFrom('key_packages').where('claimed_at_ms', '<', beforeMs).execute()
  }

  /** Oldest first. Whoever loses a package to somebody else takes the next. */
  async #claimOne(device: DeviceId, suite: number, atMs: number): Promise<Uint8Array | undefined> {
    for (;;) {
      const row = await this.#db
        .selectFrom('key_packages')
        .select(['hash', 'body', 'is_last_resort'])
        .where('device', '=', device)
        .where('suite', '=', suite)
        .where('claimed_at_ms', 'is', null)
        .orderBy('is_last_resort')
        .orderBy('published_at_ms')
        .orderBy('hash')
        .limit(1)
        .executeTakeFirst()
      if (row === undefined || row.is_last_resort === 1) return row?.body
      const { numUpdatedRows } = await this.#db
        .updateTable('key_packages')
        .set({ claimed_at_ms: atMs, body: new Uint8Array(0) })
        .where('device', '=', device)
        .where('suite', '=', suite)
        .where('hash', '=', row.hash)
        .where('claimed_at_ms', 'is', null)
        .executeTakeFirst()
      if (numUpdatedRows > 0n) return row.body
    }
  }
}

function packageRow({
  device,
  suite,
  body,
  isLastResort,
  atMs,
}: {
  readonly device: DeviceId
  readonly suite: number
  readonly body: Uint8Array
  readonly isLastResort: 0 | 1
  readonly atMs: number
}) {
  return {
    device,
    suite,
    hash: new Uint8Array(createHash('sha256').update(body).digest()),
    body,
    is_last_resort: isLastResort,
    published_at_ms: atMs,
    claimed_at_ms: null,
  }
}
