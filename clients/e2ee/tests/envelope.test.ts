import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { WireWriter } from '@parley/protocol'
import { decodeEnvelope, encodeEnvelope } from '../src/index.ts'
import { conversationOf, StoredDevice, textOf, withCode } from './stored-device.ts'

const frankingKey = new Uint8Array(32).fill(7)
const content = {
  kind: 'reaction',
  id: new Uint8Array(16).fill(1),
  ref: 300,
  body: new TextEncoder().encode('+1'),
  sentAtMs: 1_700_000_000_000,
} as const

describe('the envelope', () => {
  test('has the bytes that its .proto says', () => {
    const expected = [
      '0801',
      '1004',
      `1a10${'01'.repeat(16)}`,
      '20ac02',
      '2a022b31',
      '3080d095ffbc31',
      `3a20${'07'.repeat(32)}`,
    ].join('')
    assert.equal(bytesToHex(encodeEnvelope(content, frankingKey)), expected)
    const decoded = decodeEnvelope(hexToBytes(expected))
    assert.deepEqual(decoded, { ...content, version: 1, kindNumber: 4, frankingKey })
  })

  test('of a newer program is kept', () => {
    const writer = new WireWriter()
    writer.raw(encodeEnvelope(content, frankingKey))
    writer.uint(2, 99)
    writer.text(50, 'new')
    const decoded = decodeEnvelope(writer.finish())
    assert.equal(decoded.kind, 'unknown')
    assert.equal(decoded.kindNumber, 99)
    assert.deepEqual(decoded.body, content.body)
  })

  test('without kind, id or franking key is malformed', () => {
    const whole = encodeEnvelope(content, frankingKey)
    for (const bytes of [new Uint8Array(), whole.subarray(0, -34), whole.subarray(4)])
      assert.throws(() => decodeEnvelope(bytes), withCode('malformed'))
    const short = { ...content, id: new Uint8Array(3) }
    assert.throws(() => encodeEnvelope(short, frankingKey), withCode('bad-input'))
  })

  test('is padded, so that messages have one of eight lengths', () => {
    using anna = new StoredDevice()
    const conversation = conversationOf(anna)
    const lengthOf = (text: string) => anna.write(conversation, text).length
    assert.equal(lengthOf('a'), lengthOf('a'.repeat(150)))
    const lengths = [1, 300, 700, 1_500, 3_000, 6_000, 12_000, 30_000]
    const sealed = lengths.map((length) => lengthOf('a'.repeat(length)))
    for (const [i, length] of sealed.entries()) assert.ok(length - 256 * 2 ** i < 280, `${length}`)
  })

  test('is committed to: the key inside gives the commitment outside, and no other does', async () => {
    using anna = new StoredDevice()
    using ben = new StoredDevice()
    const conversation = conversationOf(anna, ben)
    const sealed = anna.mls.seal({ conversation, content: textOf('report me') })
    const processed = ben.process(conversation, sealed.ciphertext)
    assert.equal(processed.kind, 'application')
    assert.deepEqual(processed.commitment, sealed.commitment)
    // What a server does with a report.
    const { envelope } = processed
    const encoded = encodeEnvelope(envelope, envelope.frankingKey)
    const hash = { name: 'HMAC', hash: 'SHA-256' }
    const raw = new Uint8Array(envelope.frankingKey)
    const key = await crypto.subtle.importKey('raw', raw, hash, false, ['verify'])
    const verify = (bytes: Uint8Array) =>
      crypto.subtle.verify('HMAC', key, new Uint8Array(sealed.commitment), new Uint8Array(bytes))
    assert.equal(await verify(encoded), true)
    assert.equal(await verify(encoded.map((byte, i) => (i === 30 ? byte ^ 1 : byte))), false)
  })
})
