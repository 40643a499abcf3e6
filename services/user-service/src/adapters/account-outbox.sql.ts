import type { SqlEngine } from '@parley/engines'
import type { AccountEvent, DeviceId, UserId } from '@parley/protocol'
import type { AccountOutbox, OutboxEntry } from '../domain/account-outbox.ts'
import type { Tables } from '../schema/tables.ts'

export class SqlAccountOutbox implements AccountOutbox {
  readonly #db: SqlEngine<Tables>['db']

  constructor({ db }: SqlEngine<Tables>) {
    this.#db = db
  }

  async list(rowsMax: number): Promise<readonly OutboxEntry[]> {
    const rows = await this.#db
      .selectFrom('account_outbox')
      .selectAll()
      .orderBy('id')
      .limit(rowsMax)
      .execute()
    return rows.map(({ id, kind, user, device }) => ({
      id,
      event: {
        kind: kind as AccountEvent['kind'],
        user: user as UserId,
        device: device as DeviceId,
      },
    }))
  }

  async forget(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.#db.deleteFrom('account_outbox').where('id', 'in', ids).execute()
  }
}
