import type { SqlEngine } from '@parley/engines'
import type { SigningKey, SigningKeys } from '../domain/signing-keys.ts'
import type { Tables } from '../schema/tables.ts'

export class SqlSigningKeys implements SigningKeys {
  readonly #db: SqlEngine<Tables>['db']

  constructor({ db }: SqlEngine<Tables>) {
    this.#db = db
  }

  async list(): Promise<readonly SigningKey[]> {
    const rows = await this.#db.selectFrom('signing_keys').selectAll().orderBy('number').execute()
    return rows.map((row) => ({
      number: row.number,
      kid: row.kid,
      activeFromMs: row.active_from_ms,
      publicJwk: row.public_jwk,
      sealed: row.sealed,
      sealedBy: row.sealed_by,
    }))
  }

  async add(key: SigningKey): Promise<boolean> {
    const { numInsertedOrUpdatedRows = 0n } = await this.#db
      .insertInto('signing_keys')
      .values({
        number: key.number,
        kid: key.kid,
        active_from_ms: key.activeFromMs,
        public_jwk: key.publicJwk,
        sealed: key.sealed,
        sealed_by: key.sealedBy,
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    return numInsertedOrUpdatedRows > 0n
  }

  async remove(number: number): Promise<void> {
    await this.#db.deleteFrom('signing_keys').where('number', '=', number).execute()
  }
}
