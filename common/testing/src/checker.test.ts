import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type AnomalyName, checkLedger } from './checker.ts'
import { correctHistory } from './ledger-history.ts'
import { mutations } from './ledger-mutations.ts'
import { SeededRandom } from './seeded-random.ts'

const cleanSeeds = 1_000
const seedsPerAnomaly = 50

describe('the checker', () => {
  it(`raises no alarm on ${cleanSeeds} correct histories`, () => {
    for (let seed = 1; seed <= cleanSeeds; seed += 1)
      assert.deepEqual(checkLedger(correctHistory(new SeededRandom(seed))), [], `seed ${seed}`)
  })

  for (const name of Object.keys(mutations) as AnomalyName[])
    it(`finds ${name} in each of ${seedsPerAnomaly} histories`, () => {
      for (let seed = 1; seed <= seedsPerAnomaly; seed += 1) {
        const random = new SeededRandom(seed)
        const broken = mutations[name](correctHistory(random), random)
        const found = new Set(checkLedger(broken).map((anomaly) => anomaly.name))
        assert.ok(found.has(name), `seed ${seed}: found only ${[...found].join(', ')}`)
      }
    })
})
