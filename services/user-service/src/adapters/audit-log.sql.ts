import { createHash } from 'node:crypto'
import type { SqlEngine } from '@parley/engines'
import { limits } from '@parley/protocol'
import type { AuditEntry, AuditLog } from '../domain/audit-log.ts'
import type { Tables } from '../schema/tables.ts'

const genesis = new Uint8Array(32)

export class SqlAuditLog implements AuditLog {
  readonly #db: SqlEngine<Tables>['db']
  /** One append of this process after another: they would only take the number from each other. */
  #last: Promise<void> = Promise.resolve()

  constructor({ db }: SqlEngine<Tables>) {
    this.#db = db
  }

  append(entry: AuditEntry): Promise<void> {
    const appended = this.#last.then(() => this.#appendNext(entry))
    this.#last = appended.catch(() => undefined)
    return appended
  }

  async firstBrokenEntry(): Promise<number | undefined> {
    let previous = { number: 0, hash: genesis as Uint8Array }
    for (;;) {
      const rows = await this.#db
        .selectFrom('audit_log')
        .selectAll()
        .where('number', '>', previous.number)
        .orderBy('number')
        .limit(limits.storePageRows)
        .execute()
      for (const row of rows) {
        const entry: AuditEntry = {
          atMs: row.at_ms,
          action: row.action as AuditEntry['action'],
          actor: row.actor,
          session: row.session,
          target: row.target,
          addressPrefix: row.address_prefix,
        }
        const number = previous.number + 1
        const isWhole =
          row.number === number &&
          isSame(row.previous_hash, previous.hash) &&
          isSame(row.hash, hashOf(number, previous.hash, entry))
        if (!isWhole) return number
        previous = { number, hash: row.hash }
      }
      if (rows.length < limits.storePageRows) return undefined
    }
  }

  async #appendNext(entry: AuditEntry): Promise<void> {
    for (;;) {
      const head = await this.#db
        .selectFrom('audit_log')
        .select(['number', 'hash'])
        .orderBy('number', 'desc')
        .limit(1)
        .executeTakeFirst()
      const number = (head?.number ?? 0) + 1
      const previous = head?.hash ?? genesis
      const { numInsertedOrUpdatedRows = 0n } = await this.#db
        .insertInto('audit_log')
        .values({
          number,
          at_ms: entry.atMs,
          action: entry.action,
          actor: entry.actor,
          session: entry.session,
          target: entry.target,
          address_prefix: entry.addressPrefix,
          previous_hash: previous,
          hash: hashOf(number, previous, entry),
        })
        // Another process has taken the number.
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst()
      if (numInsertedOrUpdatedRows > 0n) return
    }
  }
}

function hashOf(number: number, previous: Uint8Array, entry: AuditEntry): Uint8Array {
  const { atMs, action, actor, session, target, addressPrefix } = entry
  const fields = JSON.stringify([number, atMs, action, actor, session, target, addressPrefix])
  return new Uint8Array(createHash('sha256').update(previous).update(fields).digest())
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}
