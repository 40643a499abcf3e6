import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { runFaults } from './run-faults.ts'

describe('the server is killed under load from clients that are killed, too', () => {
  test('and nothing that was acknowledged is lost, doubled or out of order', async (context) => {
    const seed = Math.floor(Math.random() * 1_000_000)
    context.diagnostic(`seed ${seed}`)
    const verdict = await runFaults({ seconds: 6, seed, meanMsBetweenKills: 1_500 })
    assert.deepEqual(verdict.anomalies, [], `repeat it with --seed ${seed}`)
    assert.ok(verdict.kills >= 2, `${verdict.kills} kills`)
    assert.ok(verdict.acked >= 20, `${verdict.acked} acknowledged`)
  })
})
