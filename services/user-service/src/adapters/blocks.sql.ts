import type { SqlEngine } from '@parley/engines'
import { limits, type UserId } from '@parley/protocol'
import type { Blocks } from '../domain/blocks.ts'
import type { Tables } from '../schema/tables.ts'

export class SqlBlocks implements Blocks {
  readonly #db: SqlEngine<Tables>['db']

  constructor({ db }: SqlEngine<Tables>) {
    this.#db = db
  }

  async add(user: UserId, target: UserId): Promise<boolean> {
    const list = await this.list(user)
    if (list.includes(target)) return true
    if (list.length >= limits.blocksPerUser) return false
    await this.#db
      .insertInto('blocks')
      .values({ user, target })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    return true
  }

  async remove(user: UserId, target: UserId): Promise<void> {
    await this.#db
      .deleteFrom('blocks')
      .where('user', '=', user)
      .where('target', '=', target)
      .execute()
  }

  async list(user: UserId): Promise<readonly UserId[]> {
    const rows = await this.#db
      .selectFrom('blocks')
      .select('target')
      .where('user', '=', user)
      .orderBy('target')
      .execute()
    return rows.map(({ target }) => target as UserId)
  }

  async blockersOf(user: UserId, targets: readonly UserId[]): Promise<ReadonlySet<UserId>> {
    if (targets.length === 0) return new Set()
    const rows = await this.#db
      .selectFrom('blocks')
      .select('user')
      .where('user', 'in', targets)
      .where('target', '=', user)
      .execute()
    return new Set(rows.map((row) => row.user as UserId))
  }
}
