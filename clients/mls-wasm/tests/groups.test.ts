import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  assertSameState,
  bytesOf,
  conversation,
  EngineHost,
  groupOf,
  noBytes,
  suites,
  textOf,
  withCode,
} from './engine-host.ts'

const wireFormatOf = (message: Uint8Array) =>
  new DataView(message.buffer, message.byteOffset).getUint16(2)

for (const [name, suite] of Object.entries(suites)) {
  describe(`groups of the ${name} suite`, () => {
    test('a message arrives with its sender and what was authenticated beside it', () => {
      const [anna, ben] = groupOf(['anna', 'ben'], { suite, app: bytesOf('settings') })
      assertSameState(anna, ben)
      assert.equal(textOf(ben.engine.group(conversation).app), 'settings')
      const message = anna.engine.encrypt(conversation, bytesOf('hello'), bytesOf('beside'))
      assert.equal(wireFormatOf(message), 2, 'a PrivateMessage')
      const processed = ben.process(message)
      assert.equal(processed.kind, 'application')
      assert.equal(textOf(processed.plaintext), 'hello')
      assert.equal(textOf(processed.aad), 'beside')
      assert.equal(textOf(processed.senderIdentity), 'anna')
      assert.deepEqual(processed.senderKey, anna.deviceKey)
    })

    test('a commit is a PublicMessage, and its tree lets the added ones join', () => {
      const [anna, ben] = groupOf(['anna', 'ben'], { suite })
      using carol = new EngineHost('carol', suite)
      const pending = anna.engine.commit(conversation, [carol.keyPackage()], [], null, noBytes)
      assert.equal(wireFormatOf(pending.commit), 1)
      anna.engine.mergePending(conversation)
      assert.deepEqual(pending.tree, anna.engine.ratchetTree(conversation))
      ben.follow(pending.commit)
      carol.join(pending)
      assertSameState(anna, ben, carol)
    })

    test('an external commit joins, and replaces the leaf of a device that lost its state', () => {
      const [anna, ben] = groupOf(['anna', 'ben'], { suite })
      using carol = new EngineHost('carol', suite)
      const groupInfo = () => anna.engine.groupInfo(conversation)
      const tree = () => anna.engine.ratchetTree(conversation)
      const joined = carol.engine.externalJoin(groupInfo(), tree(), bytesOf('why'))
      for (const host of [anna, ben]) {
        const processed = host.process(joined.commit)
        assert.equal(processed.senderLeaf, -1)
        assert.equal(textOf(processed.senderIdentity), 'carol')
        host.engine.applyStaged(conversation)
      }
      ben.engine.deleteGroup(conversation)
      const resynced = ben.engine.externalJoin(groupInfo(), tree(), noBytes)
      for (const host of [anna, carol]) {
        const processed = host.process(resynced.commit)
        assert.ok(processed.kind === 'commit' && processed.removes.includes(1))
        host.engine.applyStaged(conversation)
      }
      assertSameState(anna, ben, carol)
      assert.equal(anna.engine.members(conversation).length, 3)
    })

    test('a proposal to leave is committed by another, with new settings', () => {
      const [anna, ben, carol] = groupOf(['anna', 'ben', 'carol'], { suite, app: bytesOf('one') })
      const proposal = carol.engine.leave(conversation)
      for (const host of [anna, ben]) {
        assert.equal(host.process(proposal).kind, 'proposal')
        host.engine.applyStaged(conversation)
      }
      assert.throws(() => anna.write('x'), withCode('encrypt'))
      ben.follow(anna.commit({ app: bytesOf('two') }).commit)
      assert.equal(textOf(ben.engine.group(conversation).app), 'two')
      assert.equal(ben.engine.members(conversation).length, 2)
    })
  })
}

describe('groups', () => {
  test('a key package of another suite is refused', () => {
    const [anna] = groupOf(['anna'])
    using quantum = new EngineHost('quantum', suites.postQuantum)
    const keyPackage = quantum.keyPackage()
    assert.throws(() => anna.engine.inspectKeyPackage(keyPackage), withCode('bad-key-package'))
    assert.throws(() => anna.commit({ add: [keyPackage] }), withCode('bad-key-package'))
  })

  test('an engine that was thrown away does not disturb another', () => {
    const [anna, ben] = groupOf(['anna', 'ben'])
    const broken = new EngineHost('broken')
    broken[Symbol.dispose]()
    assert.equal(ben.read(anna.write('x')), 'x')
  })
})
