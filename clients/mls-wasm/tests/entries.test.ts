import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  assertSameState,
  bytesOf,
  conversation,
  EngineHost,
  groupOf,
  noBytes,
  randomFrom,
  withCode,
} from './engine-host.ts'

describe('the stored entries', () => {
  test('are enough after a crash at any step, in a group of forty', () => {
    const seed = 7
    const random = randomFrom(seed)
    const hosts = groupOf(Array.from({ length: 40 }, (_, i) => `user ${i}`))
    const [anna, ben] = hosts
    assert.ok(anna && ben)
    let largest = 0
    for (let step = 0; step < 60; step += 1) {
      const doesAnnaWrite = random(2) === 0
      const from: EngineHost = doesAnnaWrite ? anna : ben
      const to: EngineHost = doesAnnaWrite ? ben : anna
      if (random(4) > 0) {
        const message = from.write(`step ${step}`)
        const processed = to.engine.process(conversation, message)
        assert.equal(processed.kind, 'application', `seed ${seed}, step ${step}`)
        largest = Math.max(largest, to.save())
      } else {
        const { commit } = from.engine.commit(conversation, [], [], null, noBytes)
        from.save()
        from.crash()
        from.engine.mergePending(conversation)
        from.save()
        to.follow(commit)
      }
      ;(random(2) === 0 ? anna : ben).crash()
      assertSameState(anna, ben)
    }
    assert.ok(largest < 16_000, `${largest} bytes for one message`)
    for (const host of hosts) host[Symbol.dispose]()
  })

  test('change little with one message in a group of two hundred and fifty-six', () => {
    using anna = new EngineHost('anna')
    anna.engine.createGroup(conversation)
    const others = Array.from({ length: 255 }, (_, i) => new EngineHost(`user ${i}`))
    const bundle = anna.commit({ add: others.map((host) => host.keyPackage()) })
    const [ben] = others
    assert.ok(ben)
    ben.join(bundle)
    ben.read(anna.write('the first message opens the path to a leaf'))
    const message = anna.engine.encrypt(conversation, bytesOf('second'), noBytes)
    const sealing = anna.save()
    ben.engine.process(conversation, message)
    const opening = ben.save()
    assert.ok(ben.engine.stateSize() > 60_000)
    assert.ok(Math.max(sealing, opening) < 6_000, `${sealing} and ${opening} bytes`)
    for (const host of others) host[Symbol.dispose]()
  })

  test('do not change when a call fails', () => {
    const [anna, ben] = groupOf(['anna', 'ben'])
    const message = anna.write('x')
    message[message.length - 1] = (message.at(-1) ?? 0) ^ 1
    assert.throws(() => ben.engine.process(conversation, message), withCode('rejected'))
    assert.throws(() => ben.engine.openWelcome(message, noBytes), withCode('wrong-type'))
    assert.equal(ben.save(), 0)
  })

  test('say so when one of them is missing', () => {
    const piece = 0x70
    const hosts = groupOf(Array.from({ length: 40 }, (_, i) => `user ${i}`))
    const [anna] = hosts
    assert.ok(anna)
    assert.ok(anna.lose(piece))
    assert.throws(() => anna.crash(), withCode('storage'))
  })

  test('that were set back show: a message key is used twice, and the reader refuses', () => {
    const [anna, ben] = groupOf(['anna', 'ben'])
    const first = anna.engine.encrypt(conversation, bytesOf('one'), noBytes)
    anna.engine.takeChanges()
    anna.crash()
    const second = anna.write('two')
    assert.equal(ben.read(first), 'one')
    assert.throws(() => ben.process(second), withCode('rejected'))
  })
})
