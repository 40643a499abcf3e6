import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { limits, newConnectionId, newDeviceId, newUserId } from '@parley/protocol'
import { seedOfRun } from '../../tests/seeded-random.ts'
import { FaultySessionRegistry } from '../../tests/session-registry.faulty.ts'
import { sessionRegistryContract } from './session-registry.contract.ts'
import { MemorySessionRegistry } from './session-registry.memory.ts'

const seed = seedOfRun()
const leaseMs = limits.sessionLeaseMs

describe('session registry in memory', () => {
  sessionRegistryContract(async () => {
    const { registry, pass } = open()
    return {
      registry,
      elsewhere: registry,
      leaseMs,
      losses: 0,
      pass,
      empty: () => registry[Symbol.asyncDispose](),
      [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose](),
    }
  })

  test('sessions that nobody withdrew are forgotten as others come', async () => {
    const { registry, pass } = open()
    for (let id = 0; id < 1_000; id += 1) await registry.announce([sessionOf(id)])
    await pass(leaseMs)
    for (let id = 0; id < 1_000; id += 1) await registry.announce([sessionOf(id % 5)])
    assert.equal(registry.size, 5)
  })
})

describe(`session registry that does what Redis may (SEED=${seed})`, () => {
  sessionRegistryContract(async () => {
    const { registry: memory, pass } = open()
    const empty = () => memory[Symbol.asyncDispose]()
    const registry = new FaultySessionRegistry(memory, empty, seed)
    return {
      registry,
      elsewhere: registry,
      leaseMs,
      get losses() {
        return registry.losses
      },
      pass,
      empty,
      [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose](),
    }
  })
})

function open() {
  let nowMs = 1_000_000
  return {
    registry: new MemorySessionRegistry({ nowMs: () => nowMs }),
    pass: async (ms: number) => {
      nowMs += ms
    },
  }
}

function sessionOf(id: number) {
  const parts = { atMs: 1_000, cell: 0, random: BigInt(id) }
  return {
    user: newUserId(parts),
    device: newDeviceId(parts),
    edge: 'edge-1',
    connection: newConnectionId(parts),
  }
}
