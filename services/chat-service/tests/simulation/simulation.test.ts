import assert from 'node:assert/strict'
import { env } from 'node:process'
import { describe, test } from 'node:test'
import { sabotages } from './sabotages.ts'
import { simulate } from './simulation.ts'

const { SEED } = env
const seedsOf = (count: number) =>
  SEED === undefined ? Array.from({ length: count }, (_, index) => index + 1) : [Number(SEED)]

describe('simulation of sequencer and user log', () => {
  test('no promise is broken in any history', async () => {
    const sums = { ownerChanges: 0, crashes: 0, zombies: 0, membershipChanges: 0, messages: 0 }
    const seeds = seedsOf(60)
    for (const seed of seeds) {
      const outcome = await simulate(seed)
      assert.deepEqual(outcome.violations, [], `repeat it with SEED=${seed}`)
      for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += outcome[name]
    }
    // A simulator that schedules nothing proves nothing.
    assert.ok(sums.ownerChanges >= 10 * seeds.length, `${sums.ownerChanges} owner changes`)
    assert.ok(sums.crashes >= 5 * seeds.length, `${sums.crashes} crashes`)
    assert.ok(sums.zombies >= seeds.length, `${sums.zombies} zombies`)
    assert.ok(sums.membershipChanges >= seeds.length, `${sums.membershipChanges} changes`)
    assert.ok(sums.messages >= 5 * seeds.length, `${sums.messages} messages`)
  })
})

describe('the simulation notices when a rule is broken:', () => {
  for (const [rule, sabotage] of Object.entries(sabotages))
    test(rule, async () => {
      for (const seed of seedsOf(200)) {
        const { violations } = await simulate(seed, sabotage)
        if (violations.length > 0) return
      }
      assert.fail('nobody noticed')
    })
})
