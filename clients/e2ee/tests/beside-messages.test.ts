import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  accountKeyFromSeed,
  createAccountKey,
  createWrapKey,
  groupsOfDigits,
  openEntry,
  safetyNumber,
  sealEntry,
} from '../src/index.ts'
import { conversationOf, StoredDevice, someUser, withCode } from './stored-device.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('signals', () => {
  test('members of the epoch open them, under the name of the device that has sent them', async () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    using stranger = new StoredDevice()
    const conversation = conversationOf(anna, ben)
    const elsewhere = conversationOf(anna, ben, stranger)
    const sealed = await anna.mls.sealSignal({ conversation, payload: bytes('typing') })
    const open = (reader: StoredDevice, device = anna.id, where = conversation) =>
      reader.mls.openSignal({ conversation: where, device, sealed })
    assert.deepEqual(await open(ben), bytes('typing'))
    assert.equal(await open(ben, ben.id), undefined)
    assert.equal(await open(ben, anna.id, elsewhere), undefined)
    assert.equal(await open(stranger), undefined)
    ben.crash()
    assert.deepEqual(await open(ben), bytes('typing'))
  })

  test('a removed member opens none of the next epoch', async () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const conversation = conversationOf(anna, ben)
    const { commit } = anna.commit({ conversation, remove: [ben.id] })
    const sealed = await anna.mls.sealSignal({ conversation, payload: bytes('typing') })
    assert.equal(await ben.mls.openSignal({ conversation, device: anna.id, sealed }), undefined)
    ben.follow(conversation, commit)
    assert.equal(await ben.mls.openSignal({ conversation, device: anna.id, sealed }), undefined)
    await assert.rejects(
      ben.mls.sealSignal({ conversation, payload: bytes('x') }),
      withCode('inactive'),
    )
  })

  test('nonsense is no signal', async () => {
    using anna = new StoredDevice()
    const conversation = conversationOf(anna)
    for (const length of [0, 1, 30, 64]) {
      const sealed = new Uint8Array(length).fill(1)
      assert.equal(await anna.mls.openSignal({ conversation, device: anna.id, sealed }), undefined)
    }
  })
})

describe('marks', () => {
  const mark = { version: 3, deliveredSeq: 9, readSeq: 7 }

  test('members see how far a device has read, also four epochs later', async () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const conversation = conversationOf(anna, ben)
    const sealed = await anna.mls.sealMark({ conversation, mark })
    assert.ok(sealed.length <= 256)
    const open = () => ben.mls.openMark({ conversation, device: anna.id, sealed })
    assert.deepEqual(await open(), { ...mark, user: anna.user })
    for (let i = 0; i < 4; i += 1) ben.follow(conversation, anna.commit({ conversation }).commit)
    assert.deepEqual(await open(), { ...mark, user: anna.user })
    ben.follow(conversation, anna.commit({ conversation }).commit)
    assert.equal(await open(), undefined)
  })

  test('no member can make the mark of another', async () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    using mallory = new StoredDevice()
    const conversation = conversationOf(anna, ben, mallory)
    const sealed = await mallory.mls.sealMark({ conversation, mark })
    assert.equal(await ben.mls.openMark({ conversation, device: anna.id, sealed }), undefined)
    const asAnna = StoredDevice.pretending(mallory, anna)
    const forged = await asAnna.sealMark({ conversation, mark })
    asAnna[Symbol.dispose]()
    assert.equal(
      await ben.mls.openMark({ conversation, device: anna.id, sealed: forged }),
      undefined,
    )
  })
})

describe('the account key', () => {
  test('comes back from its seed', async () => {
    const account = await createAccountKey()
    assert.equal(account.publicKey.length, 32)
    assert.deepEqual(await accountKeyFromSeed(account.seed), account)
  })

  test('is handed to one device, and no other can open it', async () => {
    using old = new StoredDevice()
    using fresh = new StoredDevice(old.user)
    using other = new StoredDevice()
    const { seed } = await createAccountKey()
    const purpose = 'parley/account-key/1'
    const sealed = old.mls.sealForDevice({ purpose, deviceKey: fresh.mls.deviceKey, secret: seed })
    assert.equal(sealed.length, 80)
    fresh.crash()
    assert.deepEqual(fresh.mls.openForDevice({ purpose, sealed }), seed)
    const wrong = [
      () => other.mls.openForDevice({ purpose, sealed }),
      () => fresh.mls.openForDevice({ purpose: 'something else', sealed }),
      () => fresh.mls.openForDevice({ purpose, sealed: sealed.slice(1) }),
      () => fresh.mls.openForDevice({ purpose, sealed: new Uint8Array() }),
    ]
    for (const act of wrong) assert.throws(act, withCode('rejected'))
    const toNobody = () =>
      old.mls.sealForDevice({ purpose, deviceKey: new Uint8Array(32), secret: seed })
    assert.throws(toNobody, withCode('bad-input'))
  })

  test('gives both sides the same safety number, and another with another key', async () => {
    const [anna, ben, mallory] = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const { publicKey: accountKey } = await createAccountKey()
        return { user: someUser(), accountKey }
      }),
    )
    assert.ok(anna && ben && mallory)
    const number = safetyNumber({ own: anna, other: ben })
    assert.match(number, /^\d{60}$/)
    assert.equal(groupsOfDigits(number).length, 12)
    assert.equal(safetyNumber({ own: ben, other: anna }), number)
    const swapped = { user: ben.user, accountKey: mallory.accountKey }
    assert.notEqual(safetyNumber({ own: anna, other: swapped }), number)
  })
})

describe('what a browser stores', () => {
  test('opens in its own place only, and shows damage', async () => {
    const key = await createWrapKey()
    assert.equal(key.extractable, false)
    const sealed = await sealEntry(key, bytes('value'), bytes('table/key'))
    assert.deepEqual(await openEntry(key, sealed, bytes('table/key')), bytes('value'))
    await assert.rejects(openEntry(key, sealed, bytes('table/other')), withCode('storage'))
    await assert.rejects(openEntry(key, sealed.slice(0, 5), bytes('')), withCode('storage'))
    await assert.rejects(
      openEntry(await createWrapKey(), sealed, bytes('table/key')),
      withCode('storage'),
    )
  })
})
