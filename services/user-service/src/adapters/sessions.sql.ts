import type { SqlEngine } from '@parley/engines'
import type { DeviceId, UserId } from '@parley/protocol'
import type { Session, Sessions } from '../domain/sessions.ts'
import type { Tables } from '../schema/tables.ts'
import { dayOf } from './devices.sql.ts'

export class SqlSessions implements Sessions {
  readonly #db: SqlEngine<Tables>['db']

  constructor({ db }: SqlEngine<Tables>) {
    this.#db = db
  }

  start({
    family,
    user,
    device,
    tokenHash,
    startedAtMs,
  }: Parameters<Sessions['start']>[0]): Promise<number> {
    return this.#db.transaction().execute(async (transaction) => {
      const { session_version } = await transaction
        .updateTable('devices')
        .set(({ eb }) => ({
          session_version: eb('session_version', '+', 1),
          last_seen_ms: dayOf(startedAtMs),
        }))
        .where('device', '=', device)
        .returning('session_version')
        .executeTakeFirstOrThrow()
      await transaction
        .updateTable('sessions')
        .set({ ended_at_ms: startedAtMs })
        .where('device', '=', device)
        .where('ended_at_ms', 'is', null)
        .execute()
      await transaction
        .insertInto('sessions')
        .values({
          family,
          user,
          device,
          token_hash: tokenHash,
          previous_hash: null,
          started_at_ms: startedAtMs,
          rotated_at_ms: startedAtMs,
          ended_at_ms: null,
        })
        .execute()
      return session_version
    })
  }

  async find(family: string): Promise<(Session & { readonly sessionVersion: number }) | undefined> {
    const row = await this.#db
      .selectFrom('sessions')
      .innerJoin('devices', 'devices.device', 'sessions.device')
      .selectAll('sessions')
      .select('devices.session_version')
      .where('family', '=', family)
      .executeTakeFirst()
    return (
      row && {
        family: row.family,
        user: row.user as UserId,
        device: row.device as DeviceId,
        tokenHash: row.token_hash,
        previousHash: row.previous_hash,
        startedAtMs: row.started_at_ms,
        rotatedAtMs: row.rotated_at_ms,
        endedAtMs: row.ended_at_ms,
        sessionVersion: row.session_version,
      }
    )
  }

  rotate({ family, before, after, atMs }: Parameters<Sessions['rotate']>[0]): Promise<boolean> {
    return this.#db.transaction().execute(async (transaction) => {
      const row = await transaction
        .updateTable('sessions')
        .set({ token_hash: after, previous_hash: before, rotated_at_ms: atMs })
        .where('family', '=', family)
        .where('token_hash', '=', before)
        .where('ended_at_ms', 'is', null)
        .returning('device')
        .executeTakeFirst()
      if (row === undefined) return false
      await transaction
        .updateTable('devices')
        .set({ last_seen_ms: dayOf(atMs) })
        .where('device', '=', row.device)
        .where('last_seen_ms', '<', dayOf(atMs))
        .execute()
      return true
    })
  }

  async end(family: string, atMs: number): Promise<void> {
    await this.#db
      .updateTable('sessions')
      .set({ ended_at_ms: atMs })
      .where('family', '=', family)
      .where('ended_at_ms', 'is', null)
      .execute()
  }

  async endOfDevice(device: DeviceId, atMs: number): Promise<void> {
    await this.#db
      .updateTable('sessions')
      .set({ ended_at_ms: atMs })
      .where('device', '=', device)
      .where('ended_at_ms', 'is', null)
      .execute()
  }

  async forget(beforeMs: number): Promise<void> {
    await this.#db
      .deleteFrom('sessions')
      .where((is) => is.or([is('rotated_at_ms', '<', beforeMs), is('ended_at_ms', '<', beforeMs)]))
      .execute()
  }
}
