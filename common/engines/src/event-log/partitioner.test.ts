import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { murmur2, partitionOf } from './partitioner.ts'

describe('partitioner', () => {
  // From UtilsTest of Apache Kafka.
  const vectors: readonly (readonly [string, number])[] = [
    ['21', -973_932_308],
    ['foobar', -790_332_482],
    ['a-little-bit-long-string', -985_981_536],
    ['a-little-bit-longer-string', -1_486_304_829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971],
    ['abc', 479_470_107],
  ]

  test("hashes as Kafka's Java client does", () => {
    for (const [text, hash] of vectors)
      assert.equal(murmur2(new TextEncoder().encode(text)), hash, text)
  })

  test('a key keeps its partition, and keys use all of them', () => {
    assert.equal(partitionOf('foobar', 4), (-790_332_482 & 0x7fffffff) % 4)
    const used = new Set(Array.from({ length: 100 }, (_, index) => partitionOf(`key ${index}`, 8)))
    assert.deepEqual(
      [...used].sort((a, b) => a - b),
      [0, 1, 2, 3, 4, 5, 6, 7],
    )
  })
})
