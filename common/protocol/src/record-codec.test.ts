import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  accountEvent,
  command,
  commandBlob,
  delivery,
  envelope,
  message,
  userEvent,
} from '../tests/arbitraries.ts'
import { checkProperty } from '../tests/check-property.ts'
import {
  decodeCommand,
  decodeCommandBlob,
  decodeCommandEnvelope,
  encodeCommand,
  encodeCommandBlob,
  encodeCommandEnvelope,
} from './command-codec.ts'
import { encodeFrame } from './frame-codec.ts'
import { encodeMessage } from './message-codec.ts'
import {
  decodeAccountEvent,
  decodeEdgeBatch,
  decodeUserEvent,
  encodeAccountEvent,
  encodeEdgeBatch,
  encodeUserEvent,
  encodeUserEventOfMessage,
  userEventParts,
} from './record-codec.ts'

describe('records of the log and messages of the bus', () => {
  test('[P1] commands come back as they were', () => {
    checkProperty(
      fc.property(envelope, commandBlob, command, (sent, blob, kept) => {
        assert.deepEqual(decodeCommandEnvelope(encodeCommandEnvelope(sent)), sent)
        assert.deepEqual(decodeCommandBlob(encodeCommandBlob(blob)), blob)
        assert.deepEqual(decodeCommand(encodeCommand(kept)), kept)
      }),
    )
  })

  test('[P1] events and deliveries come back as they were', () => {
    checkProperty(
      fc.property(userEvent, accountEvent, fc.array(delivery), (ofUser, ofAccount, batch) => {
        assert.deepEqual(decodeUserEvent(encodeUserEvent(ofUser)), ofUser)
        assert.deepEqual(decodeAccountEvent(encodeAccountEvent(ofAccount)), ofAccount)
        assert.deepEqual(decodeEdgeBatch(encodeEdgeBatch(batch)), batch)
      }),
    )
  })

  test('[P2] a user event carries the bytes of its message or answer unchanged', () => {
    checkProperty(
      fc.property(userEvent, message, (sent, shared) => {
        const bytes = encodeMessage(shared)
        assert.deepEqual(
          encodeUserEventOfMessage(bytes),
          encodeUserEvent({ kind: 'message', message: shared }),
        )
        const parts = userEventParts(encodeUserEvent(sent))
        if (sent.kind === 'message')
          assert.deepEqual(parts, { kind: 'message', message: encodeMessage(sent.message) })
        else {
          const frame = encodeFrame(sent.kind === 'ack' ? sent.ack : sent.nack)
          assert.deepEqual(parts, { kind: 'answer', device: sent.device, frame })
        }
      }),
    )
  })
})
