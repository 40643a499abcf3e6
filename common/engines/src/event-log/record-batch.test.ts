import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { decodeBatch, encodeBatch } from './record-batch.ts'

const record = fc.record({
  key: fc.string({ unit: 'grapheme', maxLength: 40 }),
  value: fc.uint8Array({ maxLength: 300 }),
  rules: fc.nat(),
})

describe('record batch', () => {
  test('gives back the records with dense offsets', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 20 }), fc.nat(), (records, offset) => {
        const decoded = decodeBatch(encodeBatch(records), { generation: 3, offset }, 17)
        assert.deepEqual(
          decoded.map((each) => ({ ...each, value: new Uint8Array(each.value) })),
          records.map(({ key, value, rules }, index) => ({
            key,
            value,
            rules,
            position: { generation: 3, offset: offset + index },
            timestampMs: 17,
          })),
        )
      }),
      { numRuns: 1_000 },
    )
  })

  test('damaged bytes are an error, not records', () => {
    const bytes = encodeBatch([{ key: 'a', value: new Uint8Array(100), rules: 1 }])
    const cut = bytes.subarray(0, bytes.length - 1)
    assert.throws(() => decodeBatch(cut, { generation: 1, offset: 0 }, 0))
  })
})
