import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ChatError } from '@parley/protocol'
import { decodeJwt } from 'jose'
import { newAccount, type Person, World } from '../tests/world.ts'
import { SqlAuditLog } from './adapters/audit-log.sql.ts'
import { rateLimits } from './domain/rate-limits.ts'
import { migrations } from './schema/migrations.ts'
import type { Tables } from './schema/tables.ts'
import { startUserService } from './service.ts'

const asTold = {
  signUpBurst: rateLimits['sign-up-of-address'].burst,
  signInBurst: rateLimits['sign-in-of-account'].burst,
  addressSignInBurst: rateLimits['sign-in-of-address'].burst,
  claimBurst: rateLimits['claim-of-caller-and-target'].burst,
}

describe('limits of user-service', () => {
  test('three sign-ups of an address at once, then one each minute', async () => {
    await using world = await World.open('sqlite', { signUpBurst: asTold.signUpBurst })
    const signUp = (address = '203.0.113.9') =>
      world.ask('signUp', {
        body: newAccount(world.newName()),
        headers: { 'x-parley-address': address },
      })
    for (let n = 0; n < 3; n += 1) assert.equal((await signUp()).status, 200)
    const refused = await signUp()
    assert.equal(refused.error?.code, 'rate')
    assert.ok((refused.error?.retryAfterMs ?? 0) > 0)
    assert.ok(refused.headers.has('retry-after'))
    assert.equal((await signUp('198.51.100.1')).status, 200)
    world.clock.leap(60_000)
    assert.equal((await signUp()).status, 200)
    assert.equal((await signUp()).status, 429)
  })

  test('names may be tried more often than accounts are made', async () => {
    await using world = await World.open('sqlite', { signUpBurst: 3, addressSignInBurst: 20 })
    const anna = await world.signUp()
    for (let n = 0; n < 10; n += 1) {
      const { error } = await world.ask('signUp', { body: newAccount(anna.name) })
      assert.equal(error?.code, 'name-taken')
    }
    assert.equal((await world.ask('signUp', { body: newAccount(world.newName()) })).status, 200)
  })

  test('five tries of an account from wherever, then one each five minutes', async () => {
    await using world = await World.open('sqlite', { signInBurst: asTold.signInBurst })
    const anna = await world.signUp()
    const tryIn = (name: string, n: number) =>
      world.ask('signIn', {
        body: { ...newAccount(name), password: 'not this one at all' },
        headers: { 'x-parley-address': `198.51.100.${n}` },
      })
    for (const name of [anna.name, 'nobody.at.all']) {
      for (let n = 0; n < 5; n += 1) assert.equal((await tryIn(name, n)).status, 401)
      assert.equal((await tryIn(name, 9)).error?.code, 'rate', `${name} is guarded alike`)
    }
    // The owner waits as well, and then gets in.
    const signIn = () => world.ask('signIn', { body: newAccount(anna.name) })
    assert.equal((await signIn()).status, 429)
    world.clock.leap(300_000)
    assert.equal((await signIn()).status, 200)
  })

  test('the password asked for a revocation counts as a try', async () => {
    await using world = await World.open('sqlite', { signInBurst: 5 })
    const anna = await world.signUp()
    const revoke = () =>
      anna.ask('revokeDevice', { params: { device: anna.device }, body: { password: 'guess' } })
    for (let n = 0; n < 5; n += 1) assert.equal((await revoke()).error?.code, 'bad-credentials')
    assert.equal((await revoke()).error?.code, 'rate')
  })

  test('six claims of one from another, then one each ten minutes', async () => {
    await using world = await World.open('sqlite', { claimBurst: asTold.claimBurst })
    const anna = await world.signUpWithKeys()
    await anna.publish(50)
    const claim = (by: Person) =>
      by.ask('claimKeyPackages', { body: { suite: 79, users: [anna.user] } })
    const bert = await world.signUp()
    for (let n = 0; n < 6; n += 1) assert.equal((await claim(bert)).status, 200)
    assert.equal((await claim(bert)).error?.code, 'rate')
    assert.equal((await claim(await world.signUp())).status, 200)
    assert.equal((await anna.ask('countKeyPackages')).answer.available, 43)
  })

  test('without the store sign-ups and claims are closed, sign-ins go on slowly', async () => {
    let isGone = false
    const buckets = {
      takeToken: async () => {
        if (isGone) throw new ChatError('unavailable', 'gone')
        return { isAllowed: true, retryAfterMs: 0 }
      },
      get: async () => undefined,
      set: async () => {},
      delete: async () => {},
      [Symbol.asyncDispose]: async () => {},
    }
    await using world = await World.open('sqlite', asTold, buckets)
    const anna = await world.signUpWithKeys()
    isGone = true
    const signUp = await world.ask('signUp', { body: newAccount(world.newName()) })
    assert.equal(signUp.error?.code, 'unavailable')
    const claim = await anna.ask('claimKeyPackages', { body: { suite: 79, users: [anna.user] } })
    assert.equal(claim.error?.code, 'unavailable')
    const signIn = () =>
      world.ask('signIn', { body: { ...newAccount(anna.name), device: anna.device } })
    assert.equal((await signIn()).status, 200)
    assert.equal((await signIn()).status, 200)
    assert.equal((await signIn()).error?.code, 'rate')
    world.clock.leap(4 * 300_000)
    assert.equal((await signIn()).status, 200)
  })

  test('more passwords at once than the queue holds are refused with advice, and nothing breaks', async () => {
    await using world = await World.open('sqlite', { hashWorkers: 1 })
    const anna = await world.signUp()
    const asked = await Promise.all(
      Array.from({ length: 110 }, () =>
        world.ask('signIn', { body: { ...newAccount(anna.name), device: anna.device } }),
      ),
    )
    const refused = asked.filter(({ status }) => status === 503)
    assert.equal(refused.length, 110 - 101)
    for (const { error } of refused) {
      assert.equal(error?.code, 'overloaded')
      assert.ok((error?.retryAfterMs ?? 0) > 0)
    }
    assert.deepEqual(world.reported, [])
  })
})

describe('what user-service keeps', () => {
  test('survives a restart: accounts, sessions, keys', async () => {
    await using world = await World.open('sqlite')
    const anna = await world.signUp()
    await world.service[Symbol.asyncDispose]()
    world.service = await startUserService(world.context)
    assert.equal((await anna.ask('readOwnProfile')).status, 200)
    const body = { refreshToken: anna.refreshToken, transport: 'body' }
    assert.equal((await world.ask('refresh', { body })).status, 200)
  })

  test('signing keys take turns each 30 days, and old tokens stay good', async () => {
    await using world = await World.open('sqlite')
    const kidOf = (token: string) => JSON.parse(atob(token.split('.')[0] ?? '')).kid as string
    const anna = await world.signUp()
    const before = (await world.ask('jwks')).answer.keys.map((key) => key['kid'])
    assert.deepEqual([before.length, before[0]], [2, kidOf(anna.token)])
    world.clock.leap(30 * 24 * 3_600_000 - 60_000)
    const late = await anna.signIn()
    assert.equal(kidOf(late.token), before[0])
    world.clock.leap(61_000)
    const next = await anna.signIn()
    assert.equal(kidOf(next.token), before[1], 'the key that was known before')
    assert.equal((await late.ask('readOwnProfile')).status, 200)
    assert.equal(decodeJwt(next.token).sub, anna.user)
    // The hourly upkeep makes the key after it, and a day later forgets the first.
    world.clock.advance(3_600_000)
    await world.settled()
    assert.equal((await world.ask('jwks')).answer.keys.length, 3)
    world.clock.leap(24 * 3_600_000)
    world.clock.advance(3_600_000)
    await world.settled()
    const after = (await world.ask('jwks')).answer.keys.map((key) => key['kid'])
    assert.deepEqual([after.length, after[0]], [2, before[1]])
  })

  test('is audited in a chain that shows every change', async () => {
    await using world = await World.open('sqlite')
    const anna = await world.signUp()
    await anna.signIn()
    await anna.ask('signOut', { body: {} })
    const sql = await world.engines.openSql<Tables>('users', migrations)
    const log = new SqlAuditLog(sql)
    assert.equal(await log.firstBrokenEntry(), undefined)
    const rows = await sql.db.selectFrom('audit_log').selectAll().orderBy('number').execute()
    assert.deepEqual(
      rows.map(({ action, actor, address_prefix }) => [action, actor, address_prefix]),
      ['sign-up', 'sign-in', 'sign-out'].map((action) => [action, anna.user, '203.0.113.0/24']),
    )
    await sql.db.updateTable('audit_log').set({ actor: '' }).where('number', '=', 2).execute()
    assert.equal(await log.firstBrokenEntry(), 2)
    await sql.db.deleteFrom('audit_log').where('number', '=', 2).execute()
    assert.equal(await log.firstBrokenEntry(), 2)
  })
})
