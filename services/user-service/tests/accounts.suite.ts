import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { limits } from '@parley/protocol'
import { newAccount, password, type World } from './world.ts'

/** Names, passwords, profiles, look-up, blocks. */
export function accountsSuite(world: () => World): void {
  describe('accounts', () => {
    test('somebody signs up, and reads his profile with the token he got', async () => {
      const anna = await world().signUp('anna.one')
      const { answer } = await anna.ask('readOwnProfile')
      const { user } = anna
      assert.deepEqual(answer, { user, name: 'anna.one', displayName: 'anna.one', about: '' })
    })

    test('signing in again makes another device, or the same one when it is named', async () => {
      const anna = await world().signUp()
      const further = await anna.signIn()
      assert.equal(further.user, anna.user)
      assert.notEqual(further.device, anna.device)
      const again = await anna.signIn({ device: anna.device })
      assert.equal(again.device, anna.device)
      const { answer } = await anna.ask('listDevices')
      assert.equal(answer.devices.length, 2)
    })

    test("naming a stranger's device makes a new one", async () => {
      const anna = await world().signUp()
      const bert = await world().signUp()
      const device = (await bert.signIn({ device: anna.device })).device
      assert.notEqual(device, anna.device)
    })

    test('a wrong password and an unknown name get the same answer', async () => {
      const anna = await world().signUp()
      const wrong = await world().ask('signIn', {
        body: { ...newAccount(anna.name), password: `${password}!` },
      })
      const unknown = await world().ask('signIn', { body: newAccount('nobody.at.all') })
      assert.equal(wrong.status, 401)
      assert.equal(wrong.error?.code, 'bad-credentials')
      assert.deepEqual([unknown.status, unknown.error], [wrong.status, wrong.error])
      assert.deepEqual([...unknown.headers], [...wrong.headers])
    })

    test('a password is the same in every Unicode form', async () => {
      const name = world().newName()
      const composed = 'caf\u00e9 \ufb01lters grind loudly'
      const body = { ...newAccount(name), password: composed }
      assert.equal((await world().ask('signUp', { body })).status, 200)
      const decomposed = 'cafe\u0301 filters grind loudly'
      const signIn = await world().ask('signIn', { body: { ...body, password: decomposed } })
      assert.equal(signIn.status, 200)
    })

    test('of two who claim one name at once, one gets it and the other hears of free ones', async () => {
      const name = world().newName()
      const asked = await Promise.all(
        Array.from({ length: 4 }, () => world().ask('signUp', { body: newAccount(name) })),
      )
      const refused = asked.filter(({ status }) => status === 409)
      assert.equal(refused.length, 3)
      for (const { error } of refused) {
        assert.equal(error?.code, 'name-taken')
        assert.equal(error?.suggestions?.length, 3)
        for (const free of error?.suggestions ?? []) {
          assert.match(free, /^[a-z0-9_.]{3,32}$/)
          assert.equal((await world().ask('signUp', { body: newAccount(free) })).status, 200)
        }
        break
      }
    })

    test('a name that looks like a taken one is taken', async () => {
      await world().signUp('maria.clow1n')
      for (const alike of ['maria_clow1n', 'mariaclowln', 'rnaria.clowin', 'maria.dowln'])
        assert.equal(
          (await world().ask('signUp', { body: newAccount(alike) })).error?.code,
          'name-taken',
          alike,
        )
    })

    test('nobody becomes the operator by his name', async () => {
      for (const name of ['admin', 'Parley'.toLowerCase(), 'supp0rt', '...', 'r.o.o.t'])
        assert.equal(
          (await world().ask('signUp', { body: newAccount(name) })).error?.code,
          'name-taken',
          name,
        )
    })

    for (const [title, change, code] of [
      ['a name of two characters', { name: 'ab' }, 'bad-request'],
      ['a name one above the limit', { name: 'a'.repeat(33) }, 'bad-request'],
      ['a name ten times the limit', { name: 'a'.repeat(320) }, 'bad-request'],
      ['capitals in a name', { name: 'Anna.Nine' }, 'bad-request'],
      ['a name with other letters', { name: 'änna.nine' }, 'bad-request'],
      ['a name that is an object', { name: { $ne: '' } }, 'bad-request'],
      ['a password of 14 characters', { password: 'xk3 vh9 qj2 wz' }, 'weak-password'],
      ['a common password', { password: 'Password12345678' }, 'weak-password'],
      ['a password made of the name', { password: 'karl.newton.1999' }, 'weak-password'],
      ['a password above the limit', { password: 'ä'.repeat(129) }, 'too-large'],
      ['a password far above the limit', { password: 'x'.repeat(2560) }, 'bad-request'],
      ['an empty device name', { deviceName: ' ' }, 'bad-request'],
      ['an invisible display name', { displayName: '\u200b\u202eanna' }, 'bad-request'],
      ['a display name with a line', { displayName: 'a\nb' }, 'bad-request'],
      ['65 graphemes of display name', { displayName: '👩‍👩‍👧'.repeat(65) }, 'bad-request'],
      ['a tower of marks', { displayName: `a${'\u0301'.repeat(8)}` }, 'bad-request'],
      ['an unknown platform', { platform: 'toaster' }, 'bad-request'],
      ['an unknown field', { isAdmin: true }, 'bad-request'],
    ] as const)
      test(`a sign-up with ${title} is refused`, async () => {
        const body = { ...newAccount('karl.newton'), ...change }
        const { error } = await world().ask('signUp', { body })
        assert.equal(error?.code, code)
      })

    test('a sign-up at each limit is taken', async () => {
      const body = {
        ...newAccount('n'.repeat(limits.userNameCharsMax)),
        password: 'ß%k'.repeat(64),
        displayName: '👩‍👩‍👧'.repeat(48),
        deviceName: 'd'.repeat(limits.deviceNameCharsMax),
      }
      assert.equal((await world().ask('signUp', { body })).status, 200)
    })

    test('the profile changes, and what is not named stays', async () => {
      const anna = await world().signUp()
      await anna.ask('changeProfile', { body: { displayName: ' Anna B. ', about: 'Hi\nthere' } })
      const { answer } = await anna.ask('changeProfile', { body: { about: '' } })
      assert.equal(answer.displayName, 'Anna B.')
      assert.equal(answer.about, '')
      const longest = 'ä'.repeat(limits.aboutGraphemesMax)
      assert.equal((await anna.ask('changeProfile', { body: { about: longest } })).status, 200)
      for (const about of [`${longest}x`, longest.repeat(10)])
        assert.equal(
          (await anna.ask('changeProfile', { body: { about } })).error?.code,
          'bad-request',
        )
    })

    test('a user is found by his exact name and no other', async () => {
      const anna = await world().signUp()
      const bert = await world().signUp()
      const { answer } = await anna.ask('findUser', { query: `?name=${bert.name}` })
      assert.equal(answer.user, bert.user)
      assert.equal(
        (await anna.ask('findUser', { query: `?name=${bert.name.slice(0, -1)}` })).status,
        404,
      )
      assert.equal((await anna.ask('findUser', { query: `?name=${bert.name}%25` })).status, 404)
      assert.equal((await anna.ask('findUser', { query: "?name=' or 1=1 --" })).status, 404)
    })

    test('whoever was blocked gets the answer for a name that nobody has', async () => {
      const anna = await world().signUp()
      const bert = await world().signUp()
      await anna.ask('block', { params: { user: bert.user }, body: {} })
      await anna.ask('block', { params: { user: bert.user }, body: {} })
      assert.deepEqual((await anna.ask('listBlocks')).answer.users, [bert.user])
      const blocked = await bert.ask('findUser', { query: `?name=${anna.name}` })
      const unknown = await bert.ask('findUser', { query: '?name=nobody.at.all' })
      assert.deepEqual([blocked.status, blocked.error], [unknown.status, unknown.error])
      await anna.ask('unblock', { params: { user: bert.user } })
      await anna.ask('unblock', { params: { user: bert.user } })
      assert.equal((await bert.ask('findUser', { query: `?name=${anna.name}` })).status, 200)
      assert.deepEqual((await anna.ask('listBlocks')).answer.users, [])
    })

    test('nobody blocks himself', async () => {
      const anna = await world().signUp()
      const { error } = await anna.ask('block', { params: { user: anna.user }, body: {} })
      assert.equal(error?.code, 'bad-request')
    })

    test('profiles are read in batches, unknown ones are missing', async () => {
      const anna = await world().signUp()
      const bert = await world().signUp()
      const users = [bert.user, anna.device, bert.user]
      const { answer } = await anna.ask('readProfiles', { body: { users } })
      assert.deepEqual(
        answer.profiles.map(({ name }) => name),
        [bert.name],
      )
      for (const size of [0, 257, 2560]) {
        const asked = await anna.ask('readProfiles', {
          body: { users: Array(size).fill(bert.user) },
        })
        assert.equal(asked.error?.code, 'bad-request', `${size} users`)
      }
    })

    test('the operator makes an account without a device', async () => {
      const name = world().newName()
      const user = await world().service.createAccount({ name, displayName: 'Ops', password })
      const { answer } = await world().ask('signIn', { body: newAccount(name) })
      assert.equal(answer.user, user)
      assert.equal(answer.displayName, 'Ops')
    })

    for (const name of ['ab', 'Upper', 'a'.repeat(limits.userNameCharsMax + 1)])
      test(`the operator makes no account that could not sign in: ${name}`, async () => {
        const account = { name, displayName: name, password }
        await assert.rejects(world().service.createAccount(account), { code: 'bad-request' })
      })
  })
}
