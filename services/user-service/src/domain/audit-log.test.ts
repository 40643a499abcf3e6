import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressPrefix } from './audit-log.ts'

for (const [address, prefix] of [
  ['203.0.113.77', '203.0.113.0/24'],
  ['::ffff:203.0.113.77', '203.0.113.0/24'],
  ['2001:db8:1:2::3', '2001:db8:1::/48'],
  ['2001:DB8::1', '2001:db8:0::/48'],
  ['::1', '0:0:0::/48'],
  ['unknown', 'unknown'],
  ['203.0.113.77; drop', 'unknown'],
] as const)
  test(`the audit log keeps ${prefix} of ${address}`, () => {
    assert.equal(addressPrefix(address), prefix)
  })
