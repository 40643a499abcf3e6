import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  assertSameState,
  conversationOf,
  StoredDevice,
  someUser,
  textOf,
  withCode,
} from './stored-device.ts'

describe('a conversation', () => {
  test('two devices talk, and each knows who has written', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const conversation = conversationOf(anna, ben)
    assertSameState(conversation, anna, ben)
    const processed = ben.process(conversation, anna.write(conversation, 'hello'))
    assert.equal(processed.kind, 'application')
    assert.deepEqual(processed.sender, { user: anna.user, device: anna.id })
    assert.equal(processed.isFork, false)
    assert.equal(processed.envelope.kind, 'text')
    assert.equal(anna.read(conversation, ben.write(conversation, 'hi')), 'hi')
  })

  test('notes to oneself need nobody else', () => {
    using anna = new StoredDevice()
    const conversation = conversationOf(anna)
    assert.equal(anna.mls.group(conversation).epoch, 1)
    using phone = new StoredDevice(anna.user)
    phone.join(anna.commit({ conversation, add: [phone.keyPackage()] }))
    assert.equal(phone.read(conversation, anna.write(conversation, 'milk')), 'milk')
  })

  test('all devices of all accounts read what one of them writes', () => {
    const [annasUser, bensUser] = [someUser(), someUser()]
    using laptop = new StoredDevice(annasUser)
    using phone = new StoredDevice(annasUser)
    using tablet = new StoredDevice(bensUser)
    const conversation = conversationOf(laptop, phone, tablet)
    const message = phone.write(conversation, 'from my phone')
    assert.equal(laptop.read(conversation, message), 'from my phone')
    assert.equal(tablet.read(conversation, message), 'from my phone')
    assert.deepEqual(
      tablet.mls.members(conversation).map(({ user }) => user),
      [annasUser, annasUser, bensUser],
    )
  })

  test('a device that joins later reads from then on', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    using carol = new StoredDevice()
    const conversation = conversationOf(anna, ben)
    const before = anna.write(conversation, 'before carol')
    const bundle = anna.commit({ conversation, add: [carol.keyPackage()] })
    assert.deepEqual([bundle.epoch, bundle.added], [1, [carol.id]])
    ben.follow(conversation, bundle.commit)
    assert.equal(carol.join(bundle), conversation)
    assertSameState(conversation, anna, ben, carol)
    assert.throws(() => carol.process(conversation, before), withCode('rejected'))
    assert.equal(carol.read(conversation, ben.write(conversation, 'welcome')), 'welcome')
  })

  test('own messages and own commits that come back are recognised', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const conversation = conversationOf(anna, ben)
    assert.equal(anna.process(conversation, anna.write(conversation, 'x')).kind, 'own-message')
    const { commit } = anna.mls.commit({ conversation })
    assert.deepEqual(anna.process(conversation, commit), { kind: 'own-pending-commit', epoch: 1 })
    anna.mls.mergePending(conversation)
    ben.follow(conversation, commit)
    assertSameState(conversation, anna, ben)
    assert.equal(anna.process(conversation, commit).kind, 'past-epoch')
  })

  test('a message of the next epoch waits for its commit', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const conversation = conversationOf(anna, ben)
    const { commit } = anna.commit({ conversation })
    const message = anna.write(conversation, 'early')
    assert.deepEqual(ben.process(conversation, message), { kind: 'future-epoch', epoch: 2 })
    ben.follow(conversation, commit)
    assert.equal(ben.read(conversation, message), 'early')
  })

  test('messages of the last four epochs open, older ones say so', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const conversation = conversationOf(anna, ben)
    const messages = Array.from({ length: 6 }, (_, i) => {
      const message = anna.write(conversation, `in epoch ${i + 1}`)
      ben.follow(conversation, anna.commit({ conversation }).commit)
      ben.crash()
      return message
    })
    assert.deepEqual(
      messages.map((message) => ben.process(conversation, message).kind),
      ['past-epoch', 'past-epoch', ...Array(4).fill('application')],
    )
  })

  test('each seal has a number of its own in its epoch, over crashes too', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const conversation = conversationOf(anna, ben)
    const generation = () => {
      const sealed = anna.mls.seal({ conversation, content: textOf('x') })
      anna.save()
      anna.crash()
      return [sealed.epoch, sealed.generation]
    }
    assert.deepEqual(
      [generation(), generation(), generation()],
      [
        [1, 1],
        [1, 2],
        [1, 3],
      ],
    )
    anna.commit({ conversation })
    assert.deepEqual(
      [generation(), generation()],
      [
        [2, 1],
        [2, 2],
      ],
    )
  })

  test('a deleted group leaves no entry behind', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const before = anna.entryCount
    const conversation = conversationOf(anna, ben)
    anna.write(conversation, 'x')
    ben.follow(conversation, anna.commit({ conversation }).commit)
    anna.follow(conversation, ben.commit({ conversation }).commit)
    anna.mls.deleteGroup(conversation)
    anna.save()
    assert.equal(anna.mls.hasGroup(conversation), false)
    assert.equal(anna.entryCount, before)
  })

  test('a group is not made twice, and none larger than its limit', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const conversation = conversationOf(anna, ben)
    assert.throws(
      () => anna.mls.createGroup({ conversation, keyPackages: [] }),
      withCode('group-exists'),
    )
    const twice = [ben.keyPackage()]
    assert.throws(() => anna.mls.commit({ conversation, add: twice }), withCode('bad-key-package'))
    const devices = Array.from({ length: 31 }, () => new StoredDevice())
    const add = devices.map((device) => device.keyPackage())
    assert.throws(() => anna.mls.commit({ conversation, add }), withCode('group-full'))
    anna.mls.commit({ conversation, add: add.slice(1) })
    assert.equal(anna.mls.group(conversation).hasPendingCommit, true)
    for (const device of devices) device[Symbol.dispose]()
  })
})
