import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  decodeCommand,
  decodeCommandBlob,
  decodeCommandEnvelope,
  encodeCommandEnvelope,
} from '../src/command-codec.ts'
import { ChatError } from '../src/errors.ts'
import { decodeClientFrames, decodeServerFrames, encodeFrame } from '../src/frame-codec.ts'
import { decodeMessage, encodeMessage } from '../src/message-codec.ts'
import { decodePresenceInput, encodePresenceInput } from '../src/presence-input.ts'
import {
  decodeAccountEvent,
  decodeEdgeBatch,
  decodeUserEvent,
  encodeAccountEvent,
  encodeEdgeBatch,
  encodeUserEvent,
  userEventParts,
} from '../src/record-codec.ts'
import * as some from './arbitraries.ts'
import { checkProperty } from './check-property.ts'

const decoders = [
  decodeClientFrames,
  decodeServerFrames,
  decodeMessage,
  decodeCommand,
  decodeCommandEnvelope,
  decodeCommandBlob,
  decodeUserEvent,
  userEventParts,
  decodeAccountEvent,
  decodeEdgeBatch,
  decodePresenceInput,
] as const

const encoded = fc.oneof(
  some.clientFrame.map(encodeFrame),
  some.serverFrame.map(encodeFrame),
  some.envelope.map(encodeCommandEnvelope),
  some.message.map(encodeMessage),
  some.userEvent.map(encodeUserEvent),
  some.accountEvent.map(encodeAccountEvent),
  some.presenceInput.map(encodePresenceInput),
  fc.array(some.delivery, { maxLength: 3 }).map(encodeEdgeBatch),
)

/** What `decode` makes of it, unless it refuses as it may. */
function accepted(decode: (bytes: Uint8Array) => unknown, input: Uint8Array): unknown {
  try {
    return decode(input)
  } catch (error) {
    assert.ok(error instanceof ChatError && error.code === 'bad-request', String(error))
    return undefined
  }
}

/** Bytes that a value holds, where they do not lie inside the input. */
function bytesCopied(value: unknown, input: Uint8Array): number {
  if (value instanceof Uint8Array)
    return value.buffer === input.buffer || value.length === 0 ? 0 : value.length
  if (typeof value !== 'object' || value === null) return 0
  return Object.values(value).reduce((sum: number, part) => sum + bytesCopied(part, input), 0)
}

/** Values in it, itself included: each costs memory. */
function countOf(value: unknown): number {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return 1
  return Object.values(value).reduce((sum: number, part) => sum + countOf(part), 1)
}

describe('what is not what it should be', () => {
  test('[P3] is refused as a bad request and does nothing worse', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 })
    checkProperty(
      fc.property(encoded, damage, fc.nat(), (bytes, changes, cut) => {
        const damaged = bytes.slice()
        for (const [at, byte] of changes)
          if (damaged.length > 0) damaged[at % damaged.length] = byte
        const shortened = damaged.slice(0, cut % (damaged.length + 1))
        for (const input of [damaged, shortened])
          for (const decode of decoders) accepted(decode, input)
      }),
      { runs: 2_000 },
    )
  })

  test('[P3] is refused also when it never was anything', () => {
    checkProperty(
      fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
        for (const decode of decoders) accepted(decode, input)
      }),
      { runs: 2_000 },
    )
  })

  test('[P3] takes no more memory than what has arrived', () => {
    checkProperty(
      fc.property(encoded, fc.nat(), fc.nat(255), (bytes, at, byte) => {
        const input = bytes.slice()
        if (input.length > 0) input[at % input.length] = byte
        for (const decode of decoders) {
          const value = accepted(decode, input)
          assert.equal(bytesCopied(value, input), 0, 'bytes are not copied')
          // The emptiest thing of many parts is a delivery: 20 bytes, 7 values.
          assert.ok(countOf(value) <= input.length + 20, 'parts are paid for with bytes')
        }
      }),
      { runs: 500 },
    )
  })
})
