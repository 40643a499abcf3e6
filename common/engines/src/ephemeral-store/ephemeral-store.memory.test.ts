import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FaultyEphemeralStore } from '../../tests/ephemeral-store.faulty.ts'
import { SeededRandom, seedOfRun } from '../../tests/seeded-random.ts'
import { ephemeralStoreContract } from './ephemeral-store.contract.ts'
import { MemoryEphemeralStore } from './ephemeral-store.memory.ts'

const seed = seedOfRun()

describe('ephemeral store in memory', () => {
  ephemeralStoreContract(async () => {
    const { store, pass } = open()
    return {
      store,
      elsewhere: store,
      losses: 0,
      pass,
      empty: () => store[Symbol.asyncDispose](),
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    }
  })

  test(`a bucket never gives more than burst and refill allow, nor less (SEED=${seed})`, async () => {
    const random = new SeededRandom(seed)
    for (let round = 0; round < 200; round += 1) {
      const { store, pass } = open()
      const burst = 1 + random.below(20)
      const refillMs = 1 + random.below(1_000)
      /** The plain model: a bucket with a level, refilled by time. */
      let level = burst
      for (let step = 0; step < 100; step += 1) {
        const cost = 1 + random.below(burst + 1)
        const { isAllowed, retryAfterMs } = await store.takeToken('a', { burst, refillMs, cost })
        assert.equal(isAllowed, level >= cost - 1e-9, `burst ${burst}, step ${step}`)
        if (isAllowed) level -= cost
        assert.equal(retryAfterMs, isAllowed ? 0 : Math.ceil((cost - level) * refillMs - 1e-6))
        const ms = random.below(refillMs * 3)
        await pass(ms)
        level = Math.min(burst, level + ms / refillMs)
      }
    }
  })

  test('above its bound the entry and the bucket that were used longest ago go', async () => {
    const store = new MemoryEphemeralStore({ nowMs: () => 0, entriesMax: 3 })
    const bucket = { burst: 1, refillMs: 1_000, cost: 1 }
    for (const key of ['a', 'b', 'c', 'a', 'd']) {
      await store.set(key, new Uint8Array(), 1_000)
      await store.takeToken(key, bucket)
    }
    assert.equal(await store.get('b'), undefined, 'set longest ago')
    for (const key of ['a', 'c', 'd']) assert.ok((await store.get(key)) !== undefined)
    assert.equal((await store.takeToken('d', bucket)).isAllowed, false)
    assert.equal((await store.takeToken('a', bucket)).isAllowed, true, 'it was first, and went')
  })
})

describe(`ephemeral store that does what Redis may (SEED=${seed})`, () => {
  ephemeralStoreContract(async () => {
    const { store: memory, pass } = open()
    const empty = () => memory[Symbol.asyncDispose]()
    const store = new FaultyEphemeralStore(memory, empty, seed)
    return {
      store,
      elsewhere: store,
      get losses() {
        return store.losses
      },
      pass,
      empty,
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    }
  })
})

function open() {
  let nowMs = 1_000_000
  return {
    store: new MemoryEphemeralStore({ nowMs: () => nowMs }),
    pass: async (ms: number) => {
      nowMs += ms
    },
  }
}
