import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assertSameState, conversationOf, StoredDevice, textOf, withCode } from './stored-device.ts'

describe('after a crash', () => {
  test('the stored entries alone are enough, after every step', () => {
    const seed = 20_261_123
    const random = generatorOf(seed)
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    using carol = new StoredDevice()
    const others = Array.from({ length: 8 }, () => new StoredDevice())
    const conversation = conversationOf(anna, ben, carol, ...others)
    const walkers = [anna, ben, carol]
    for (let step = 0; step < 80; step += 1) {
      const at = random(walkers.length)
      const [writer, ...readers] = [...walkers.slice(at), ...walkers.slice(0, at)]
      assert.ok(writer)
      if (random(4) > 0) {
        const message = writer.write(conversation, `step ${step}`)
        for (const reader of readers)
          assert.equal(reader.read(conversation, message), `step ${step}`, `seed ${seed}`)
      } else {
        const { commit } = writer.mls.commit({ conversation })
        writer.save()
        writer.crash()
        writer.mls.mergePending(conversation)
        writer.save()
        for (const reader of readers) {
          assert.equal(reader.process(conversation, commit).kind, 'commit')
          if (random(2) === 0) {
            // What was only staged is gone; the commit comes again.
            reader.crash()
            reader.process(conversation, commit)
          }
          reader.mls.applyStaged(conversation)
          reader.save()
        }
      }
      walkers[random(walkers.length)]?.crash()
      assertSameState(conversation, ...walkers)
    }
    for (const device of others) device[Symbol.dispose]()
  })

  test('a message whose text was not stored opens again', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const conversation = conversationOf(anna, ben)
    const message = anna.write(conversation, 'once')
    assert.equal(ben.mls.process({ conversation, message }).kind, 'application')
    ben.crash()
    assert.equal(ben.read(conversation, message), 'once')
  })

  test('a Welcome that was accepted but not stored can be accepted again', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const conversation = conversationOf(anna)
    const { welcome, tree } = anna.commit({ conversation, add: [ben.keyPackage()] })
    assert.ok(welcome)
    ben.mls.acceptWelcome(ben.mls.openWelcome({ welcome, tree }).handle)
    ben.crash()
    assert.equal(ben.mls.hasGroup(conversation), false)
    ben.join({ welcome, tree })
    assertSameState(conversation, anna, ben)
  })

  test('a store that was set back makes messages that readers refuse', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const conversation = conversationOf(anna, ben)
    anna.write(conversation, 'zero')
    anna.crash()
    const first = anna.write(conversation, 'one')
    anna.setBack()
    const second = anna.write(conversation, 'two')
    assert.equal(ben.read(conversation, first), 'one')
    assert.throws(() => ben.process(conversation, second), withCode('rejected'))
  })

  test('one message in a group of thirty-two writes little', () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const others = Array.from({ length: 30 }, () => new StoredDevice())
    const conversation = conversationOf(anna, ben, ...others)
    // The first message of a chain opens the path to its leaf.
    ben.read(conversation, anna.write(conversation, 'first'))
    const message = anna.mls.seal({ conversation, content: textOf('second') }).ciphertext
    const sealing = anna.save()
    ben.mls.process({ conversation, message })
    const opening = ben.save()
    assert.ok(Math.max(sealing, opening) < 12_000, `${sealing} and ${opening} bytes`)
    for (const device of others) device[Symbol.dispose]()
  })
})

function generatorOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
