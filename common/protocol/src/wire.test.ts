import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { user } from '../tests/arbitraries.ts'
import { checkProperty } from '../tests/check-property.ts'
import { varintBytes, WireReader, WireWriter } from './wire.ts'

const isMalformed = { code: 'bad-request' }

function firstField(bytes: readonly number[]): WireReader {
  const reader = new WireReader(Uint8Array.from(bytes))
  reader.next()
  return reader
}

describe('the wire format', () => {
  test('[P3] numbers reach from 0 to 2^53-1', () => {
    checkProperty(
      fc.property(fc.maxSafeNat(), (value) => {
        const writer = new WireWriter()
        writer.uint(1, value)
        const bytes = writer.finish()
        const reader = new WireReader(bytes)
        assert.equal(reader.next() === 0 ? 0 : reader.uint(), value)
        if (value > 0) assert.equal(bytes.length, 1 + varintBytes(value))
      }),
    )
    assert.equal(firstField([8, ...Array(7).fill(0xff), 0x0f]).uint(), Number.MAX_SAFE_INTEGER)
  })

  test('[P3] numbers that are larger, longer than needed or cut off are refused', () => {
    const negative = [...Array(9).fill(0xff), 1]
    for (const bytes of [[...Array(7).fill(0xff), 0x10], negative, [0x80, 0], [0xff], []])
      assert.throws(() => firstField([8, ...bytes]).uint(), isMalformed)
  })

  test('[P3] numbers nobody reads may have 64 bits, and no more', () => {
    const reader = firstField([8, ...Array(9).fill(0xff), 1, 16, 7])
    reader.skip()
    assert.equal(reader.next(), 2)
    assert.equal(reader.uint(), 7)
    assert.throws(() => firstField([8, ...Array(10).fill(0xff), 1]).skip(), isMalformed)
  })

  test('[P3] a number that is no number is a mistake of ours, and ends nothing in a loop', () => {
    for (const value of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
      assert.throws(() => new WireWriter().uint(1, value), /numbers are whole/)
  })

  test('[P3] lengths beyond the input are refused before anything is made of them', () => {
    const gibibyte = [0x80, 0x80, 0x80, 0x80, 4]
    assert.throws(() => firstField([10, ...gibibyte, 1, 2]).bytes(), isMalformed)
    assert.throws(() => firstField([10, ...gibibyte, 1, 2]).skip(), isMalformed)
    assert.throws(() => firstField([9, 1, 2]).skip(), isMalformed)
  })

  test('[P3] groups, field 0, numbers above 2^29-1 and fields of another type are refused', () => {
    for (const wireType of [3, 4, 6, 7])
      assert.throws(() => firstField([8 + wireType]).skip(), isMalformed)
    assert.throws(() => firstField([0, 1]), isMalformed)
    assert.throws(() => firstField([0x80, 0x80, 0x80, 0x80, 0x10]), isMalformed)
    assert.throws(() => firstField([8, 1]).bytes(), isMalformed)
    assert.throws(() => firstField([10, 0]).uint(), isMalformed)
  })

  test('[P3] text is UTF-8 and nothing is taken from it', () => {
    const writer = new WireWriter()
    writer.text(1, '\ufeffétude 🎹')
    const reader = new WireReader(writer.finish())
    reader.next()
    assert.equal(reader.text(), '\ufeffétude 🎹')
    assert.throws(() => firstField([10, 1, 0xff]).text(), isMalformed)
  })

  test('[P3] ids are 16 bytes of a UUID that has a cell', () => {
    checkProperty(
      fc.property(user, (id) => {
        const writer = new WireWriter()
        writer.id(1, id)
        const reader = new WireReader(writer.finish())
        reader.next()
        assert.equal(reader.id(), id)
      }),
    )
    const id = [...Array(6).fill(1), 0x71, 1, 0x81, ...Array(7).fill(1)]
    assert.equal(firstField([10, 16, ...id]).id(), '01010101-0101-7101-8101-010101010101')
    for (const [at, byte] of [
      [6, 0x41],
      [8, 0x41],
    ] as const)
      assert.throws(() => firstField([10, 16, ...id.with(at, byte)]).id(), isMalformed)
    assert.throws(() => firstField([10, 15, ...id.slice(1)]).id(), isMalformed)
    for (const text of ['', 'x'.repeat(36), 'é'.repeat(36)])
      assert.throws(() => new WireWriter().id(1, text), /an id has/)
  })

  test('encodings that were finished are not written again', () => {
    const sizes = fc.array(fc.nat(3_000), { minLength: 2, maxLength: 40 })
    checkProperty(
      fc.property(sizes, (lengths) => {
        const made = lengths.map((length, index) => {
          const outer = new WireWriter(length % 7)
          const inner = new WireWriter(length % 90)
          inner.bytesAlways(2, new Uint8Array(length % 100).fill(255 - index))
          const innerBytes = inner.finish()
          outer.bytesAlways(1, new Uint8Array(length).fill(index))
          return { outer: outer.finish(), inner: innerBytes, length, index }
        })
        for (const { outer, inner, length, index } of made) {
          const reader = new WireReader(outer)
          reader.next()
          assert.deepEqual(reader.bytes(), new Uint8Array(length).fill(index))
          assert.equal(reader.next(), 0)
          const innerReader = new WireReader(inner)
          innerReader.next()
          assert.deepEqual(innerReader.bytes(), new Uint8Array(length % 100).fill(255 - index))
        }
      }),
    )
  })

  test('nested messages of every length have the right head', () => {
    for (const length of [0, 1, 120, 125, 126, 127, 128, 129, 16_380, 16_384, 70_000]) {
      const writer = new WireWriter(1)
      writer.message(1, () => writer.message(2, () => writer.raw(new Uint8Array(length).fill(1))))
      const outer = new WireReader(writer.finish())
      outer.next()
      const inner = outer.reader()
      inner.next()
      assert.deepEqual(inner.bytes(), new Uint8Array(length).fill(1))
      assert.equal(inner.next() + outer.next(), 0)
    }
  })
})
