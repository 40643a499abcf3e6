import assert from 'node:assert/strict'
import { before, describe, type TestContext, test } from 'node:test'
import { canRunBuf, checks, hashFault } from '../scripts/contract.ts'

const advice = 'for an addition run `npm run contract -- --accept` and commit what it writes'

describe('the wire contract', () => {
  let isBufThere = false
  before(() => {
    isBufThere = canRunBuf()
    assert.ok(isBufThere || process.env['REQUIRE_TOOLS'] !== '1', 'buf runs here')
  })

  test('[P80] what clients see of the contract changes only on purpose', () => {
    assert.equal(hashFault(), undefined, advice)
  })

  for (const [name, check] of Object.entries(checks).filter(([name]) => name !== 'hash'))
    test(`[P81] the schema keeps its ${name}`, (context: TestContext) => {
      if (!isBufThere) context.skip('buf has no program for this platform')
      else assert.equal(check(), undefined, advice)
    })
})
