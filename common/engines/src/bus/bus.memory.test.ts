import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { FaultyBus } from '../../tests/bus.faulty.ts'
import { seedOfRun } from '../../tests/seeded-random.ts'
import { busContract } from './bus.contract.ts'
import { MemoryBus } from './bus.memory.ts'

const seed = seedOfRun()

describe('bus in memory', () => {
  busContract(async () => {
    const bus = new MemoryBus()
    return {
      bus,
      elsewhere: bus,
      get losses() {
        return bus.dropped
      },
      [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose](),
    }
  })

  test('counts what was dropped, and tells of receivers that failed', async () => {
    const errors: unknown[] = []
    await using bus = new MemoryBus({ onError: (error) => errors.push(error) })
    let count = 0
    await bus.subscribe('a', () => {
      count += 1
    })
    for (let number = 0; number < 10_007; number += 1) bus.publish('a', new Uint8Array())
    assert.equal(bus.dropped, 7)
    await bus.subscribe('b', () => {
      throw new Error('a mistake')
    })
    bus.publish('b', new Uint8Array())
    while (errors.length === 0) await setImmediate()
    assert.equal(bus.dropped, 8)
    assert.equal(count, 10_000)
  })
})

describe(`bus that does what Redis may (SEED=${seed})`, () => {
  busContract(async () => {
    const bus = new FaultyBus(new MemoryBus(), seed)
    return {
      bus,
      elsewhere: bus,
      get losses() {
        return bus.losses
      },
      [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose](),
    }
  })
})
