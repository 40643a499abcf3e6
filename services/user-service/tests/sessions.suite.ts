import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newAccount, type Person, type World } from './world.ts'

const dayMs = 24 * 3_600_000
const browser = { origin: 'https://parley.test', 'sec-fetch-site': 'same-origin' }

/** Access tokens, refresh tokens, cookies. */
export function sessionsSuite(world: () => World): void {
  const refresh = (refreshToken: string) =>
    world().ask('refresh', { body: { refreshToken, transport: 'body' } })

  describe('sessions', () => {
    test('a refresh token is exchanged for the next', async () => {
      const anna = await world().signUp()
      const { answer } = await refresh(anna.refreshToken)
      assert.equal(answer.device, anna.device)
      assert.notEqual(answer.refreshToken, anna.refreshToken)
      const again = await refresh(answer.refreshToken ?? '')
      assert.equal(again.status, 200)
      const token = again.answer.accessToken
      assert.equal((await anna.ask('readOwnProfile', { token })).status, 200)
    })

    test('after a lost answer the same token gives the same successor, within 30 seconds', async () => {
      const anna = await world().signUp()
      const first = await refresh(anna.refreshToken)
      world().clock.leap(30_000)
      const second = await refresh(anna.refreshToken)
      assert.equal(second.answer.refreshToken, first.answer.refreshToken)
    })

    test('many exchanges of one token at once all give the same successor', async () => {
      const anna = await world().signUp()
      const all = await Promise.all(Array.from({ length: 8 }, () => refresh(anna.refreshToken)))
      assert.equal(new Set(all.map(({ answer }) => answer.refreshToken)).size, 1)
    })

    test('a spent token that comes late ends the session for everybody', async () => {
      const anna = await world().signUp()
      const { answer } = await refresh(anna.refreshToken)
      world().clock.leap(30_001)
      assert.equal((await refresh(anna.refreshToken)).error?.code, 'unauthenticated')
      const next = await refresh(answer.refreshToken ?? '')
      assert.equal(next.error?.code, 'unauthenticated')
    })

    test('a token from further back ends the session although it is early', async () => {
      const anna = await world().signUp()
      const first = await refresh(anna.refreshToken)
      const second = await refresh(first.answer.refreshToken ?? '')
      assert.equal((await refresh(anna.refreshToken)).status, 401)
      assert.equal((await refresh(second.answer.refreshToken ?? '')).status, 401)
    })

    for (const [title, token] of [
      ['an empty token', ''],
      ['a short token', 'AAAA'],
      ['another alphabet', '+/'.repeat(32)],
      ['a token nobody was given', 'A'.repeat(64)],
    ] as const)
      test(`${title} starts nothing`, async () => {
        assert.equal((await refresh(token)).error?.code, 'unauthenticated')
      })

    test('a session ends after 60 idle days, and after 365 days however busy', async () => {
      const idle = await world().signUp()
      let busy = (await world().signUp()).refreshToken
      world().clock.leap(59 * dayMs)
      busy = (await refresh(busy)).answer.refreshToken ?? ''
      world().clock.leap(2 * dayMs)
      assert.equal((await refresh(idle.refreshToken)).status, 401)
      for (let day = 61; day + 50 <= 365; day += 50) {
        busy = (await refresh(busy)).answer.refreshToken ?? ''
        world().clock.leap(50 * dayMs)
      }
      busy = (await refresh(busy)).answer.refreshToken ?? ''
      world().clock.leap(5 * dayMs)
      assert.equal((await refresh(busy)).status, 401)
    })

    test('an access token ends after ten minutes', async () => {
      const anna = await world().signUp()
      world().clock.leap(599_000)
      assert.equal((await anna.ask('readOwnProfile')).status, 200)
      world().clock.leap(1_000)
      assert.equal((await anna.ask('readOwnProfile')).error?.code, 'unauthenticated')
    })

    test('signing out ends the session, and signing in on the device starts a new one', async () => {
      const anna = await world().signUp()
      await anna.ask('signOut', { body: {} })
      assert.equal((await refresh(anna.refreshToken)).status, 401)
      const again = await anna.signIn({ device: anna.device })
      assert.equal((await refresh(again.refreshToken)).status, 200)
      assert.equal((await refresh(anna.refreshToken)).status, 401)
    })

    test('a browser gets the refresh token in a cookie and nowhere else', async () => {
      const name = world().newName()
      const body = { ...newAccount(name), platform: 'web', transport: 'cookie' }
      const signedUp = await world().ask('signUp', { body, headers: browser })
      assert.equal(signedUp.answer.refreshToken, undefined)
      const cookie = signedUp.headers.get('set-cookie') ?? ''
      assert.match(
        cookie,
        /^__Host-rt=[\w-]{64}; Path=\/; Max-Age=5184000; HttpOnly; Secure; SameSite=Strict$/,
      )
      const headers = { ...browser, cookie: `a=b; ${cookie.split(';')[0]}` }
      const renewed = await world().ask('refresh', { body: { transport: 'cookie' }, headers })
      assert.equal(renewed.status, 200)
      assert.notEqual(renewed.headers.get('set-cookie'), cookie)
      world().clock.leap(30_001)
      const stale = await world().ask('refresh', { body: { transport: 'cookie' }, headers })
      assert.equal(stale.error?.code, 'unauthenticated')
      assert.match(stale.headers.get('set-cookie') ?? '', /^__Host-rt=; Path=\/; Max-Age=0;/)
    })

    for (const [title, headers] of [
      ['another origin', { ...browser, origin: 'https://evil.test' }],
      ['another site', { ...browser, 'sec-fetch-site': 'cross-site' }],
      ['a sibling of the site', { ...browser, 'sec-fetch-site': 'same-site' }],
      ['nowhere', { 'sec-fetch-site': 'same-origin' }],
      ['a page without origin', { ...browser, origin: 'null' }],
    ] as const)
      test(`a cookie from ${title} is worth nothing`, async () => {
        const anna = await world().signUp()
        const asked = await world().ask('refresh', {
          body: { transport: 'cookie' },
          headers: { ...headers, cookie: `__Host-rt=${anna.refreshToken}` },
        })
        assert.equal(asked.error?.code, 'not-allowed')
        assert.equal((await refresh(anna.refreshToken)).status, 200)
      })

    test('a cookie does not count where a body is asked for, nor the other way', async () => {
      const anna = await world().signUp()
      const cookie = `__Host-rt=${anna.refreshToken}`
      const inBody = await world().ask('refresh', {
        body: { transport: 'body' },
        headers: { ...browser, cookie },
      })
      assert.equal(inBody.status, 401)
      const inCookie = await world().ask('refresh', {
        body: { transport: 'cookie', refreshToken: anna.refreshToken },
        headers: browser,
      })
      assert.equal(inCookie.status, 401)
    })

    test('every route but the public ones wants a token', async () => {
      const { user, device } = await world().signUp()
      const routes = [
        'signOut',
        'listDevices',
        'renameDevice',
        'revokeDevice',
        'putDeviceKey',
        'approveDevice',
        'readApproval',
        'readOwnProfile',
        'changeProfile',
        'findUser',
        'readProfiles',
        'readUserKeys',
        'putAccountKey',
        'listBlocks',
        'block',
        'unblock',
        'publishKeyPackages',
        'countKeyPackages',
        'claimKeyPackages',
      ] as const
      for (const name of routes)
        for (const token of [undefined, 'x.y.z']) {
          const { error } = await world().ask(name, { token, params: { user, device } })
          assert.equal(error?.code, 'unauthenticated', name)
        }
    })

    test('the public keys say which key signed, and not how', async () => {
      const anna: Person = await world().signUp()
      const [header = ''] = anna.token.split('.')
      const { kid } = JSON.parse(atob(header)) as { readonly kid: string }
      const { keys } = (await world().ask('jwks')).answer
      assert.ok(keys.some((key) => key['kid'] === kid))
      assert.ok(keys.length >= 2, 'the next key is known before it signs')
      for (const key of keys) assert.ok(!('d' in key))
    })
  })
}
