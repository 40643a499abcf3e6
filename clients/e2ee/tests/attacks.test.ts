import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createAccountKey, signDeviceKey, verifyDeviceKey } from '../src/index.ts'
import {
  assertSameState,
  conversationOf,
  StoredDevice,
  someConversation,
  someUser,
  textOf,
  withCode,
} from './stored-device.ts'

describe('what must fail', () => {
  test('a removed member reads nothing more, and its commits are refused', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    using mallory = new StoredDevice()
    const conversation = conversationOf(anna, ben, mallory)
    const { commit } = anna.commit({ conversation, remove: [mallory.id] })
    const evil = mallory.mls.commit({ conversation })
    mallory.mls.clearPending(conversation)
    ben.follow(conversation, commit)
    const secret = anna.write(conversation, 'not for mallory')
    assert.equal(ben.read(conversation, secret), 'not for mallory')
    assert.equal(mallory.process(conversation, secret).kind, 'future-epoch')
    const removal = mallory.process(conversation, commit)
    assert.ok(removal.kind === 'commit' && removal.isSelfRemoved)
    mallory.mls.applyStaged(conversation)
    mallory.save()
    mallory.crash()
    assert.equal(mallory.mls.group(conversation).isActive, false)
    for (const act of [
      () => mallory.process(conversation, secret),
      () => mallory.write(conversation, 'x'),
      () => mallory.mls.commit({ conversation }),
    ])
      assert.throws(act, withCode('inactive'))
    assert.equal(ben.process(conversation, evil.commit).kind, 'past-epoch')
  })

  test('who was removed can be added again, and reads from then on', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const conversation = conversationOf(anna, ben)
    const removal = anna.commit({ conversation, remove: [ben.id] })
    ben.follow(conversation, removal.commit)
    const between = anna.write(conversation, 'between')
    ben.join(anna.commit({ conversation, add: [ben.keyPackage()] }))
    assertSameState(conversation, anna, ben)
    assert.throws(() => ben.process(conversation, between), withCode('rejected'))
    assert.equal(ben.read(conversation, anna.write(conversation, 'again')), 'again')
  })

  test('a replay is refused, also after a crash', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const conversation = conversationOf(anna, ben)
    const messages = Array.from({ length: 10 }, (_, i) => anna.write(conversation, `${i}`))
    for (const message of messages.toReversed()) ben.process(conversation, message)
    const replay = () => ben.process(conversation, messages[4] ?? new Uint8Array())
    assert.throws(replay, withCode('rejected'))
    ben.crash()
    assert.throws(replay, withCode('rejected'))
  })

  test('a message moved to another conversation is refused', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const here = conversationOf(anna, ben)
    const there = conversationOf(anna, ben)
    const message = anna.write(here, 'yes')
    assert.throws(() => ben.process(there, message), withCode('rejected'))
    const moved = message.slice()
    moved.set(new TextEncoder().encode(there), 5)
    assert.throws(() => ben.process(there, moved), withCode('rejected'))
    assert.equal(ben.read(here, message), 'yes')
  })

  test('a flipped bit anywhere is refused, and does not cost the real message', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const conversation = conversationOf(anna, ben)
    const message = anna.write(conversation, 'yes')
    for (let at = 0; at < message.length; at += 7) {
      const damaged = message.slice()
      damaged[at] = (damaged[at] ?? 0) ^ 1
      let kind: string = 'refused'
      try {
        ;({ kind } = ben.process(conversation, damaged))
      } catch (error) {
        withCode('malformed', 'rejected')(error)
      }
      // The epoch is in clear: another one waits, or has gone, and nothing is opened.
      assert.ok(['refused', 'future-epoch', 'past-epoch'].includes(kind), `${at}: ${kind}`)
    }
    assert.equal(ben.read(conversation, message), 'yes')
  })

  test('a flipped bit in a Welcome or tree is refused, and the key package stays usable', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const conversation = someConversation()
    const bundle = anna.mls.createGroup({ conversation, keyPackages: [ben.keyPackage()] })
    const { welcome, tree } = bundle
    assert.ok(welcome)
    const flipped = (bytes: Uint8Array, at: number) => {
      const copy = bytes.slice()
      copy[at] = (copy[at] ?? 0) ^ 0x10
      return copy
    }
    for (let at = 0; at < tree.length; at += 61)
      assert.throws(() => ben.mls.openWelcome({ welcome, tree: flipped(tree, at) }), `${at}`)
    for (let at = 0; at < welcome.length; at += 61)
      assert.throws(() => ben.mls.openWelcome({ welcome: flipped(welcome, at), tree }), `${at}`)
    assert.equal(ben.save(), 0, 'nothing has changed')
    ben.mls.dropWelcome(ben.mls.openWelcome({ welcome, tree }).handle)
    ben.crash()
    ben.join(bundle)
  })

  test('a Welcome is good once', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const conversation = someConversation()
    const bundle = anna.mls.createGroup({ conversation, keyPackages: [ben.keyPackage()] })
    ben.join(bundle)
    assert.throws(() => ben.join(bundle), withCode('bad-welcome'))
    ben.mls.deleteGroup(conversation)
    assert.throws(() => ben.join(bundle), withCode('bad-welcome'))
  })

  test('the last-resort key package is good more than once', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const keyPackage = ben.mls.lastResortKeyPackage()
    ben.save()
    assert.equal(anna.mls.inspectKeyPackage(keyPackage, 0).isLastResort, true)
    for (const conversation of [someConversation(), someConversation()]) {
      const bundle = anna.mls.createGroup({ conversation, keyPackages: [keyPackage] })
      anna.mls.mergePending(conversation)
      ben.join(bundle)
      ben.crash()
      assert.equal(ben.read(conversation, anna.write(conversation, 'x')), 'x')
    }
  })

  test('a key package out of date, damaged or of another kind is refused', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const keyPackage = ben.keyPackage()
    const { notAfterMs } = anna.mls.inspectKeyPackage(keyPackage, 0)
    const outOfDate = () => anna.mls.inspectKeyPackage(keyPackage, notAfterMs)
    assert.throws(outOfDate, withCode('bad-key-package'))
    keyPackage[keyPackage.length - 1] = (keyPackage.at(-1) ?? 0) ^ 1
    const damaged = () => anna.mls.inspectKeyPackage(keyPackage, 0)
    assert.throws(damaged, withCode('bad-key-package'))
    const conversation = conversationOf(anna)
    const foreign = anna.write(conversation, 'x')
    assert.throws(() => anna.mls.inspectKeyPackage(foreign, 0), withCode('malformed'))
  })

  test('a ghost device is seen: its key is not signed by the account', async () => {
    const user = someUser()
    const account = await createAccountKey()
    using real = new StoredDevice(user)
    using ghost = new StoredDevice(user)
    const claim = { user, device: real.id, deviceKey: real.mls.deviceKey }
    const signature = await signDeviceKey(account, claim)
    const verify = (changed: object) =>
      verifyDeviceKey(account.publicKey, { ...claim, ...changed }, signature)
    assert.equal(await verify({}), true)
    assert.equal(await verify({ deviceKey: ghost.mls.deviceKey }), false)
    assert.equal(await verify({ device: ghost.id }), false)
    assert.equal(await verify({ user: someUser() }), false)
    const { publicKey: other } = await createAccountKey()
    assert.equal(await verifyDeviceKey(other, claim, signature), false)
    assert.equal(await verifyDeviceKey(new Uint8Array(3), claim, signature), false)
    assert.equal(await verifyDeviceKey(account.publicKey, claim, new Uint8Array(64)), false)
  })

  test('a second leaf that claims to be the same device is refused', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const conversation = conversationOf(anna, ben)
    using twin = StoredDevice.claiming(ben.user, ben.id)
    const keyPackage = twin.keyPackage()
    assert.throws(
      () => anna.mls.commit({ conversation, add: [keyPackage] }),
      withCode('bad-key-package'),
    )
  })

  test('two halves that a server has led apart cannot read each other', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const conversation = conversationOf(anna, ben)
    // Each of two commits wins for one half of the members.
    const commits = [anna, ben].map(({ mls }) => mls.commit({ conversation }))
    for (const { mls } of [anna, ben]) mls.mergePending(conversation)
    assert.equal(commits.length, 2)
    const message = anna.write(conversation, 'x')
    assert.throws(() => ben.process(conversation, message), withCode('rejected'))
  })

  test('a commit forged for the current epoch is refused, and leaves the group usable', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    using mallory = new StoredDevice()
    const conversation = conversationOf(anna, ben, mallory)
    // She is removed, and makes a commit of her own state look like one of the new epoch.
    const old = mallory.mls.commit({ conversation, remove: [ben.id] }).commit
    mallory.mls.clearPending(conversation)
    ben.follow(conversation, anna.commit({ conversation, remove: [mallory.id] }).commit)
    const epochAt = 5 + conversation.length
    const asOfNow = old.slice()
    asOfNow[epochAt + 7] = 2
    // And a member makes a commit look like another's: the leaf is behind epoch and sender type.
    const another = ben.mls.commit({ conversation }).commit
    ben.mls.clearPending(conversation)
    const asAnna = another.slice()
    asAnna[epochAt + 12] = 0
    assert.notDeepEqual(asAnna, another)
    for (const forged of [asOfNow, asAnna])
      assert.throws(() => anna.process(conversation, forged), withCode('rejected'))
    assert.equal(anna.save(), 0)
    anna.follow(conversation, ben.commit({ conversation }).commit)
    assertSameState(conversation, anna, ben)
  })

  test('damaged entries are noticed, and end the device', () => {
    using anna = new StoredDevice()
    const conversation = conversationOf(anna)
    anna.damage()
    anna.crash()
    assert.throws(() => anna.mls.group(conversation), withCode('storage'))
    assert.throws(() => anna.mls.keyPackages(1), withCode('engine'))
  })

  test('large and absurd input is refused before it costs anything', () => {
    using anna = new StoredDevice()
    const conversation = conversationOf(anna)
    const huge = anna.write(conversation, 'x')
    const larger = new Uint8Array(5 << 20)
    larger.set(huge)
    assert.throws(() => anna.process(conversation, larger), withCode('too-large'))
    for (const length of [0, 1, 4, 5, 40])
      assert.throws(() => anna.process(conversation, new Uint8Array(length)), withCode('malformed'))
    const body = new Uint8Array(40_000)
    const seal = () => anna.mls.seal({ conversation, content: { ...textOf(''), body } })
    assert.throws(seal, withCode('too-large'))
  })
})
