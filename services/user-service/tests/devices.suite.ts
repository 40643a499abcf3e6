import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  decodeEdgeBatch,
  decodeServerFrames,
  limits,
  newConnectionId,
  toText,
} from '@parley/protocol'
import { accountEvents, announcedRevocations } from './listening.ts'
import { newAccount, type Person, password, type World } from './world.ts'

/** Listing, approving and revoking devices, and who hears of it. */
export function devicesSuite(world: () => World): void {
  const revoke = (by: Person, device: string, given = password) =>
    by.ask('revokeDevice', { params: { device }, body: { password: given } })

  describe('devices', () => {
    test('are listed oldest first, with the day on which they were seen', async () => {
      const anna = await world().signUp()
      const further = await anna.signIn({ deviceName: 'Phone', platform: 'other' })
      const { devices } = (await further.ask('listDevices')).answer
      assert.deepEqual(
        devices.map(({ device, name, platform, isCurrent, state }) => [
          device,
          name,
          platform,
          isCurrent,
          state,
        ]),
        [
          [anna.device, 'Laptop', 'node', false, 'pending'],
          [further.device, 'Phone', 'other', true, 'pending'],
        ],
      )
      for (const { lastSeenMs } of devices) assert.equal(lastSeenMs % (24 * 3_600_000), 0)
    })

    test('are renamed by their account only', async () => {
      const anna = await world().signUp()
      const bert = await world().signUp()
      const params = { device: anna.device }
      const renamed = await anna.ask('renameDevice', { params, body: { name: 'Desk' } })
      assert.equal(renamed.answer.name, 'Desk')
      assert.equal((await bert.ask('renameDevice', { params, body: { name: 'Mine' } })).status, 404)
      for (const name of ['', 'x'.repeat(65), 'x'.repeat(640), '\u202ex'])
        assert.equal((await anna.ask('renameDevice', { params, body: { name } })).status, 400)
    })

    test('an account has ten, however many sign in at once', async () => {
      const anna = await world().signUp()
      const asked = await Promise.all(
        Array.from({ length: 12 }, () => world().ask('signIn', { body: newAccount(anna.name) })),
      )
      const added = asked.filter(({ status }) => status === 200)
      assert.equal(added.length, limits.devicesPerUser - 1)
      const refused = asked.filter(({ error }) => error?.code === 'device-limit')
      assert.equal(refused.length, 3)
      await revoke(anna, added[0]?.answer.device ?? '')
      assert.equal((await world().ask('signIn', { body: newAccount(anna.name) })).status, 200)
    })

    test('a further device is pending until another one signs its key', async () => {
      const anna = await world().signUp()
      const { accountKey, putAccountKey } = await anna.makeAccountKey()
      await putAccountKey()
      await anna.putDeviceKey(accountKey)
      const phone = await anna.signIn()
      const phoneKey = await phone.putDeviceKey()

      const keysSeen = async () =>
        (await anna.ask('readUserKeys', { body: { users: [anna.user] } })).answer.users[0]
      assert.deepEqual(
        (await keysSeen())?.devices.map(({ device }) => device),
        [anna.device],
      )
      assert.deepEqual((await phone.ask('readApproval')).answer, {
        state: 'pending',
        signature: null,
        sealedAccountKey: null,
      })

      const approval = {
        params: { device: phone.device },
        body: {
          signature: toText(await accountKey.sign(phone, phoneKey)),
          sealedAccountKey: toText(new Uint8Array(80).fill(7)),
        },
      }
      assert.equal((await anna.ask('approveDevice', approval)).status, 200)
      assert.equal((await anna.ask('approveDevice', approval)).status, 200)
      assert.deepEqual((await phone.ask('readApproval')).answer, {
        state: 'active',
        ...approval.body,
      })
      const seen = await keysSeen()
      assert.equal(seen?.accountKey, toText(accountKey.publicKey))
      assert.deepEqual(seen?.devices.map(({ deviceKey }) => deviceKey).at(-1), toText(phoneKey))
      const events = await accountEvents(world(), 'device-added', phone.device)
      assert.deepEqual(events, [{ kind: 'device-added', user: anna.user, device: phone.device }])
    })

    test('a pending device approves nobody, and a stranger finds nothing to approve', async () => {
      const anna = await world().signUpWithKeys()
      const bert = await world().signUpWithKeys()
      const phone = await anna.signIn()
      await phone.putDeviceKey()
      const approval = {
        params: { device: phone.device },
        body: { signature: toText(new Uint8Array(64)), sealedAccountKey: '' },
      }
      assert.equal((await phone.ask('approveDevice', approval)).error?.code, 'not-allowed')
      assert.equal((await bert.ask('approveDevice', approval)).error?.code, 'not-found')
    })

    test('a signature by another key, or for another device, approves nothing', async () => {
      const anna = await world().signUpWithKeys()
      const phone = await anna.signIn()
      const deviceKey = await phone.putDeviceKey()
      const { accountKey: stranger } = await anna.makeAccountKey()
      const approve = (signature: Uint8Array) =>
        anna.ask('approveDevice', {
          params: { device: phone.device },
          body: { signature: toText(signature), sealedAccountKey: '' },
        })
      for (const signature of [
        await stranger.sign(phone, deviceKey),
        await stranger.sign(anna, deviceKey),
        new Uint8Array(64),
        new Uint8Array(63),
      ])
        assert.equal((await approve(signature)).error?.code, 'bad-request')
      assert.equal((await phone.ask('readApproval')).answer.state, 'pending')
      const own = { deviceKey: toText(deviceKey), signature: toText(new Uint8Array(64)) }
      assert.equal((await phone.ask('putDeviceKey', { body: own })).error?.code, 'bad-request')
    })

    test('a device without a key cannot be approved', async () => {
      const anna = await world().signUpWithKeys()
      const phone = await anna.signIn()
      const { error } = await anna.ask('approveDevice', {
        params: { device: phone.device },
        body: { signature: toText(new Uint8Array(64)), sealedAccountKey: '' },
      })
      assert.equal(error?.code, 'conflict')
    })

    test('revoking wants the password, and is for devices of the account', async () => {
      const anna = await world().signUp()
      const bert = await world().signUp()
      const phone = await anna.signIn()
      assert.equal((await revoke(anna, phone.device, 'wrong')).error?.code, 'bad-credentials')
      assert.equal((await revoke(bert, phone.device)).error?.code, 'not-found')
      assert.equal((await phone.ask('readOwnProfile')).status, 200)
    })

    test('a revoked device is out at once, and everybody hears of it', async () => {
      const anna = await world().signUpWithKeys()
      const phone = await anna.signIn()
      const heard = await announcedRevocations(world())
      assert.equal((await revoke(anna, phone.device)).status, 200)
      assert.equal((await revoke(anna, phone.device)).error?.code, 'not-found')

      const notice = await heard.next()
      assert.equal(notice.revocation?.device, phone.device)
      assert.equal(notice.head, notice.revocation?.number)
      assert.equal((await phone.ask('readOwnProfile')).error?.code, 'revoked')
      const refreshed = await world().ask('refresh', {
        body: { refreshToken: phone.refreshToken, transport: 'body' },
      })
      assert.equal(refreshed.error?.code, 'revoked')
      assert.notEqual((await anna.signIn({ device: phone.device })).device, phone.device)
      const events = await accountEvents(world(), 'device-revoked', phone.device)
      assert.deepEqual(events, [{ kind: 'device-revoked', user: anna.user, device: phone.device }])
    })

    test('revocations are numbered without holes, and read again by number', async () => {
      const anna = await world().signUp()
      const others = await Promise.all(Array.from({ length: 4 }, () => anna.signIn()))
      const list = async (since: number) => {
        const url = `http://user-service/internal/revocations?since=${since}`
        const response = await world().service.fetch(new Request(url))
        return (await response.json()) as {
          head: number
          revocations: { number: number; device: string }[]
        }
      }
      const { head } = await list(0)
      await Promise.all(others.map(({ device }) => revoke(anna, device)))
      const { head: newHead, revocations } = await list(head)
      assert.equal(newHead, head + 4)
      assert.deepEqual(
        revocations.map(({ number }) => number),
        [head + 1, head + 2, head + 3, head + 4],
      )
      assert.deepEqual(
        new Set(revocations.map(({ device }) => device)),
        new Set(others.map(({ device }) => device)),
      )
      assert.deepEqual((await list(newHead)).revocations, [])
      assert.ok((await list(newHead + 10)).revocations.length >= 4, 'after a restore all are read')
      world().clock.leap(20 * 60_000 + 1)
      assert.deepEqual((await list(head)).revocations, [], 'no token lives so long')
    })

    test('a heartbeat tells the newest number each second', async () => {
      const heard = await announcedRevocations(world())
      world().clock.advance(1_000)
      const { head, revocation } = await heard.next()
      assert.ok(head >= 0)
      assert.equal(revocation, undefined)
    })

    test('the other devices are told when one is added', async () => {
      const anna = await world().signUp()
      const { sessionRegistry, bus } = world().engines
      const connection = newConnectionId({ atMs: 1, cell: 0, random: 1n })
      const session = { user: anna.user, device: anna.device, edge: 'e1', connection }
      await sessionRegistry.announce([session])
      const arrived = Promise.withResolvers<Uint8Array>()
      using _ = await bus.subscribe('edge:e1', arrived.resolve)
      const phone = await anna.signIn()
      const [delivery] = decodeEdgeBatch(await arrived.promise)
      assert.equal(delivery?.user, anna.user)
      assert.equal(delivery?.exceptDevice, phone.device)
      assert.deepEqual(decodeServerFrames(delivery?.bytes ?? new Uint8Array()), [
        { kind: 'notice', notice: 'devices' },
      ])
    })
  })
}
