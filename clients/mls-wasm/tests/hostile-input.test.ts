import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import process from 'node:process'
import { describe, test } from 'node:test'
import {
  bytesOf,
  conversation,
  EngineHost,
  groupOf,
  noBytes,
  randomFrom,
  withCode,
} from './engine-host.ts'

describe('hostile input', () => {
  test('a tree or Welcome with a flipped bit joins nobody', () => {
    const hosts = groupOf(Array.from({ length: 9 }, (_, i) => `user ${i}`))
    const [anna, ...others] = hosts
    assert.ok(anna)
    for (const committer of others.slice(0, 4)) {
      const { commit } = committer.commit()
      for (const host of hosts) if (host !== committer) host.follow(commit)
    }
    using late = new EngineHost('late')
    const { welcome, tree } = anna.commit({ add: [late.keyPackage()] })
    assert.ok(welcome)
    const flipped = (bytes: Uint8Array, at: number) =>
      bytes.map((byte, i) => (i === at ? byte ^ 0x10 : byte))
    for (let at = 0; at < tree.length; at += 17)
      assert.throws(() => late.engine.openWelcome(welcome, flipped(tree, at)), `tree at ${at}`)
    for (let at = 0; at < welcome.length; at += 17)
      assert.throws(() => late.engine.openWelcome(flipped(welcome, at), tree), `welcome at ${at}`)
    assert.throws(() => late.engine.openWelcome(welcome, noBytes))
    late.join({ welcome, tree })
    assert.equal(late.state, anna.state)
  })

  test('a message of another sender, group or kind is refused', () => {
    const [anna, ben] = groupOf(['anna', 'ben'])
    const message = ben.write('hi')
    assert.throws(() => anna.engine.process(bytesOf('other'), message), withCode('wrong-group'))
    assert.throws(() => anna.process(anna.engine.keyPackage(false)), withCode('wrong-type'))
    assert.throws(() => anna.process(new Uint8Array(5 << 20)), withCode('too-large'))
    assert.throws(() => anna.process(new Uint8Array([...message, 0])), withCode('malformed'))
    assert.equal(ben.process(message).kind, 'own-message')
    assert.equal(anna.read(message), 'hi')
  })

  test('mutated input is refused with a code, without a trap, and changes nothing', () => {
    const seed = Number(process.env['MLS_FUZZ_SEED'] ?? 0x9e3779b9)
    const rounds = Number(process.env['MLS_FUZZ_ROUNDS'] ?? 600)
    const random = randomFrom(seed)
    const [anna, ben, carol] = groupOf(['anna', 'ben', 'carol'])
    using late = new EngineHost('late')
    const bundle = anna.engine.commit(conversation, [late.keyPackage()], [], null, bytesOf('aad'))
    const { welcome, groupInfo, commit, tree } = bundle
    assert.ok(welcome && groupInfo)
    anna.engine.clearPending(conversation)
    const message = anna.write('still here')
    const genuine = [message, commit, welcome, groupInfo, tree, anna.keyPackage()]
    for (const host of [ben, late]) host.save()
    let refused = 0
    for (let round = 0; round < rounds; round += 1) {
      const input = mutated(genuine[random(genuine.length)] ?? noBytes, random)
      if (genuine.some((bytes) => Buffer.compare(bytes, input) === 0)) continue
      const doors = [
        () => ben.engine.process(conversation, input),
        () => late.engine.openWelcome(input, tree),
        () => ben.engine.inspectKeyPackage(input),
        () => late.engine.externalJoin(input, tree, noBytes),
        () => late.engine.externalJoin(groupInfo, input, noBytes),
      ]
      for (const open of round % 4 === 0 ? doors : doors.slice(0, 1)) {
        assert.throws(
          open,
          (error) => error instanceof Error && 'code' in error,
          `seed ${seed}, round ${round}: ${Buffer.from(input).toString('hex')}`,
        )
        refused += 1
      }
    }
    assert.ok(refused >= rounds)
    assert.equal(ben.save() + late.save(), 0)
    assert.ok(ben.memory.buffer.byteLength < 64 << 20, 'memory stays small')
    assert.equal(ben.read(message), 'still here')
    assert.equal(carol.read(message), 'still here')
  })
})

function mutated(genuine: Uint8Array, random: (below: number) => number): Uint8Array {
  let bytes = genuine.slice()
  for (let left = 1 + random(4); left > 0; left -= 1) {
    const at = random(bytes.length)
    const way = random(6)
    if (way < 3) bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8))
    else if (way === 3) bytes[at] = [0, 0xff, 0x7f, 0x80, 0xc0, 0x40][random(6)] ?? 0
    else if (way === 4) bytes = bytes.slice(0, at + 1)
    else {
      const inserted = Array.from({ length: 8 }, () => random(256))
      bytes = new Uint8Array([...bytes.subarray(0, at), ...inserted, ...bytes.subarray(at)])
    }
  }
  return bytes
}
