import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assertSameState, conversationOf, StoredDevice, textOf, withCode } from './stored-device.ts'

describe('commits', () => {
  test('who loses the race follows the winner and tries again', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    using carol = new StoredDevice()
    using dave = new StoredDevice()
    const conversation = conversationOf(anna, ben, carol)
    const keyPackage = dave.keyPackage()
    const lost = anna.mls.commit({ conversation, add: [keyPackage] })
    anna.save()
    const won = ben.commit({ conversation })
    anna.crash()
    assert.equal(anna.mls.group(conversation).hasPendingCommit, true, 'it is durable')
    anna.mls.clearPending(conversation)
    anna.save()
    for (const device of [anna, carol]) device.follow(conversation, won.commit)
    assertSameState(conversation, anna, ben, carol)
    const again = anna.commit({ conversation, add: [keyPackage] })
    for (const device of [ben, carol]) device.follow(conversation, again.commit)
    dave.join(again)
    assertSameState(conversation, anna, ben, carol, dave)
    assert.equal(carol.process(conversation, lost.commit).kind, 'past-epoch')
  })

  test('the winner may be processed while the own commit is pending', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const conversation = conversationOf(anna, ben)
    anna.mls.commit({ conversation })
    const won = ben.commit({ conversation })
    anna.follow(conversation, won.commit)
    assert.equal(anna.mls.group(conversation).hasPendingCommit, false)
    assertSameState(conversation, anna, ben)
  })

  test('lost races leave nothing behind', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const conversation = conversationOf(anna, ben)
    const counts = Array.from({ length: 6 }, () => {
      anna.mls.commit({ conversation })
      anna.save()
      anna.mls.clearPending(conversation)
      anna.save()
      anna.follow(conversation, ben.commit({ conversation }).commit)
      return anna.entryCount
    })
    assert.ok(Math.max(...counts.slice(4)) <= Math.max(...counts.slice(0, 5)) + 2, String(counts))
  })

  test('nothing is sealed, and no second commit made, while one waits for its answer', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const conversation = conversationOf(anna, ben)
    anna.mls.commit({ conversation })
    const seal = () => anna.mls.seal({ conversation, content: textOf('x') })
    assert.throws(seal, withCode('pending-commit'))
    assert.throws(() => anna.mls.commit({ conversation }), withCode('pending-commit'))
    anna.mls.clearPending(conversation)
    assert.throws(() => anna.mls.mergePending(conversation), withCode('nothing-staged'))
    seal()
  })

  test('a commit shows who is added and removed before it has any effect', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    using carol = new StoredDevice()
    using dave = new StoredDevice()
    const conversation = conversationOf(anna, ben, carol)
    const { commit, removed } = anna.mls.commit({
      conversation,
      add: [dave.keyPackage()],
      remove: [carol.id],
    })
    assert.deepEqual(removed, [carol.id])
    const staged = ben.process(conversation, commit)
    assert.equal(staged.kind, 'commit')
    assert.equal(staged.epoch, 1)
    assert.equal(staged.isExternal, false)
    assert.equal(staged.committer.device, anna.id)
    assert.deepEqual(staged.committer.deviceKey, anna.mls.deviceKey)
    assert.deepEqual(staged.added, [
      { user: dave.user, device: dave.id, deviceKey: dave.mls.deviceKey },
    ])
    assert.deepEqual(
      staged.removed.map(({ device }) => device),
      [carol.id],
    )
    assert.equal(staged.isSelfRemoved, false)
    ben.mls.dropStaged(conversation)
    assert.equal(ben.mls.group(conversation).epoch, 1)
    assert.throws(() => ben.mls.applyStaged(conversation), withCode('nothing-staged'))
    ben.follow(conversation, commit)
    assert.equal(ben.mls.group(conversation).epoch, 2)
  })

  test('only others that are there can be removed', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    using stranger = new StoredDevice()
    const conversation = conversationOf(anna, ben)
    for (const device of [anna, stranger])
      assert.throws(
        () => anna.mls.commit({ conversation, remove: [device.id] }),
        withCode('bad-input'),
      )
  })

  test('a device whose state was lost is replaced by itself in one commit', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const conversation = conversationOf(anna, ben)
    ben.mls.deleteGroup(conversation)
    ben.save()
    const bundle = anna.commit({ conversation, add: [ben.keyPackage()], remove: [ben.id] })
    ben.join(bundle)
    assertSameState(conversation, anna, ben)
  })
})
