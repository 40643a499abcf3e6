import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import {
  decodeEdgeBatch,
  decodeServerFrames,
  limits,
  newConnectionId,
  toText,
} from '@parley/protocol'
import type { Person, World } from './world.ts'

const suite = 79

/** Account keys, device keys, key packages. */
export function keysSuite(world: () => World): void {
  const claim = (by: Person, of: readonly Person[], devices?: readonly string[]) =>
    by.ask('claimKeyPackages', {
      body: { suite, users: of.map(({ user }) => user), ...(devices && { devices }) },
    })

  describe('keys', () => {
    test('the account key is set once, and again to the same', async () => {
      const anna = await world().signUp()
      const { putAccountKey } = await anna.makeAccountKey()
      assert.equal((await putAccountKey()).status, 200)
      assert.equal((await putAccountKey()).status, 200)
      const other = await anna.makeAccountKey()
      assert.equal((await other.putAccountKey()).error?.code, 'conflict')
    })

    test('a device key is set once', async () => {
      const anna = await world().signUp()
      const deviceKey = toText(await anna.putDeviceKey())
      const put = (key: string) => anna.ask('putDeviceKey', { body: { deviceKey: key } })
      assert.equal((await put(deviceKey)).answer.state, 'pending')
      assert.equal((await put(toText(randomBytes(32)))).error?.code, 'conflict')
    })

    for (const bytes of [0, 31, 33, 320])
      test(`a key of ${bytes} bytes is refused`, async () => {
        const anna = await world().signUp()
        const key = toText(randomBytes(bytes))
        const account = await anna.ask('putAccountKey', { body: { accountKey: key } })
        const device = await anna.ask('putDeviceKey', { body: { deviceKey: key } })
        assert.deepEqual([account.error?.code, device.error?.code], ['bad-request', 'bad-request'])
      })

    test('a signature before there is an account key is refused', async () => {
      const anna = await world().signUp()
      const { error } = await anna.ask('putDeviceKey', {
        body: { deviceKey: toText(randomBytes(32)), signature: toText(randomBytes(64)) },
      })
      assert.equal(error?.code, 'conflict')
    })

    test('packages are counted, duplicates are ignored, the surplus is not taken', async () => {
      const anna = await world().signUpWithKeys()
      const keyPackages = Array.from({ length: 60 }, () => toText(randomBytes(50)))
      const publish = (packages: readonly string[]) =>
        anna.ask('publishKeyPackages', { body: { suite, keyPackages: packages } })
      assert.equal((await publish(keyPackages)).answer.available, 60)
      assert.equal((await publish(keyPackages)).answer.available, 60)
      const more = Array.from({ length: 100 }, () => toText(randomBytes(50)))
      assert.equal((await publish(more)).answer.available, limits.keyPackagesPerDevice)
      for (const count of [101, 1000])
        assert.equal((await publish(Array(count).fill('AAAA'))).status, 400)
      const counted = (await anna.ask('countKeyPackages')).answer
      assert.deepEqual(counted, { available: 100, hasLastResort: false })
    })

    test('a package passes at the limit, and not above', async () => {
      const anna = await world().signUpWithKeys()
      const publish = (bytes: number) =>
        anna.ask('publishKeyPackages', {
          body: { suite, keyPackages: [toText(randomBytes(bytes))] },
        })
      assert.equal((await publish(limits.keyPackageBytesMax)).status, 200)
      assert.equal((await publish(limits.keyPackageBytesMax + 1)).status, 400)
      assert.equal((await publish(limits.keyPackageBytesMax * 10)).status, 400)
    })

    test('64 claims at once get 64 different packages', async () => {
      const anna = await world().signUpWithKeys()
      await anna.publish(64)
      const bert = await world().signUp()
      const claims = await Promise.all(Array.from({ length: 64 }, () => claim(bert, [anna])))
      const packages = claims.flatMap(({ answer }) => answer.keyPackages)
      assert.equal(packages.length, 64)
      assert.equal(new Set(packages.map(({ keyPackage }) => keyPackage)).size, 64)
      const { answer } = await claim(bert, [anna])
      assert.deepEqual(answer, { keyPackages: [], missing: [anna.user] })
    })

    test('a claimed package does not come back when it is published again', async () => {
      const anna = await world().signUpWithKeys()
      const bert = await world().signUp()
      const body = { suite, keyPackages: [toText(randomBytes(50))] }
      await anna.ask('publishKeyPackages', { body })
      assert.equal((await claim(bert, [anna])).answer.keyPackages.length, 1)
      assert.equal((await anna.ask('publishKeyPackages', { body })).answer.available, 0)
      assert.equal((await claim(bert, [anna])).answer.keyPackages.length, 0)
    })

    test('the last resort comes last, and again', async () => {
      const anna = await world().signUpWithKeys()
      await anna.publish(1, { withLastResort: true })
      assert.equal((await anna.ask('countKeyPackages')).answer.hasLastResort, true)
      const bert = await world().signUp()
      const taken: (string | undefined)[] = []
      for (let n = 0; n < 3; n += 1)
        taken.push((await claim(bert, [anna])).answer.keyPackages[0]?.keyPackage)
      assert.notEqual(taken[0], taken[1])
      assert.equal(taken[1], taken[2])
      await anna.publish(0, { withLastResort: true })
      assert.notEqual((await claim(bert, [anna])).answer.keyPackages[0]?.keyPackage, taken[1])
    })

    test('a claim gives one for each active device, but none for its own', async () => {
      const anna = await world().signUp()
      const { accountKey, putAccountKey } = await anna.makeAccountKey()
      await putAccountKey()
      await anna.putDeviceKey(accountKey)
      const phone = await anna.signIn()
      await phone.putDeviceKey(accountKey)
      const pending = await anna.signIn()
      for (const device of [anna, phone, pending]) await device.publish(3)
      const bert = await world().signUpWithKeys()
      await bert.publish(3)

      const devicesOf = ({ answer }: Awaited<ReturnType<typeof claim>>) =>
        answer.keyPackages.map(({ device }) => device)
      assert.deepEqual(devicesOf(await claim(bert, [anna])), [anna.device, phone.device])
      assert.deepEqual(devicesOf(await claim(anna, [anna, bert])), [phone.device, bert.device])
      assert.deepEqual(devicesOf(await claim(bert, [anna], [phone.device])), [phone.device])
      assert.deepEqual(devicesOf(await claim(bert, [anna], [])), [])
      const otherSuite = await bert.ask('claimKeyPackages', {
        body: { suite: 1, users: [anna.user] },
      })
      assert.deepEqual(otherSuite.answer, { keyPackages: [], missing: [anna.user] })
    })

    test('whoever was blocked reaches nobody', async () => {
      const anna = await world().signUpWithKeys()
      await anna.publish(2)
      const bert = await world().signUp()
      await anna.ask('block', { params: { user: bert.user }, body: {} })
      assert.deepEqual((await claim(bert, [anna])).answer, {
        keyPackages: [],
        missing: [anna.user],
      })
      assert.equal((await anna.ask('countKeyPackages')).answer.available, 2)
    })

    test('a revoked device has nothing to claim', async () => {
      const anna = await world().signUpWithKeys()
      await anna.publish(2, { withLastResort: true })
      const phone = await anna.signIn()
      const revoked = await phone.ask('revokeDevice', {
        params: { device: anna.device },
        body: { password: 'seven violet umbrellas hum' },
      })
      assert.equal(revoked.status, 200)
      const bert = await world().signUp()
      assert.deepEqual((await claim(bert, [anna])).answer.missing, [anna.user])
      const { users } = (await bert.ask('readUserKeys', { body: { users: [anna.user] } })).answer
      assert.deepEqual(users[0]?.devices, [])
    })

    test('a device that runs low is told', async () => {
      const anna = await world().signUpWithKeys()
      await anna.publish(limits.keyPackagesRefillBelow + 1)
      const { sessionRegistry, bus } = world().engines
      const connection = newConnectionId({ atMs: 1, cell: 0, random: 2n })
      const session = { user: anna.user, device: anna.device, edge: 'e2', connection }
      await sessionRegistry.announce([session])
      const arrived: Uint8Array[] = []
      const first = Promise.withResolvers<void>()
      using _ = await bus.subscribe('edge:e2', (bytes) => {
        arrived.push(bytes)
        first.resolve()
      })
      const bert = await world().signUp()
      await claim(bert, [anna])
      await claim(bert, [anna])
      await first.promise
      assert.equal(arrived.length, 1, 'not before it is low')
      const [delivery] = decodeEdgeBatch(arrived[0] ?? new Uint8Array())
      assert.equal(delivery?.device, anna.device)
      assert.deepEqual(decodeServerFrames(delivery?.bytes ?? new Uint8Array()), [
        { kind: 'notice', notice: 'key-packages-low' },
      ])
    })
  })
}
