import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { create, type DescMessage, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { encodeCommand, encodeCommandBlob, encodeCommandEnvelope } from '../src/command-codec.ts'
import { encodeFrame } from '../src/frame-codec.ts'
import { encodeMessage } from '../src/message-codec.ts'
import { encodePresenceInput } from '../src/presence-input.ts'
import { encodeAccountEvent, encodeEdgeBatch, encodeUserEvent } from '../src/record-codec.ts'
import * as some from './arbitraries.ts'
import { checkProperty } from './check-property.ts'
import {
  AccountEventSchema,
  CommandBlobSchema,
  CommandEnvelopeSchema,
  CommandSchema,
  EdgeBatchSchema,
  FramesSchema,
  MessageSchema,
  PresenceInputSchema,
  UserEventSchema,
} from './generated/parley/v1/frames_pb.js'
import * as oracle from './oracle-values.ts'

function isByteEqual<Value, Schema extends DescMessage>(
  values: fc.Arbitrary<Value>,
  encode: (value: Value) => Uint8Array,
  schema: Schema,
  toOracle: (value: Value) => MessageInitShape<Schema>,
): void {
  checkProperty(
    fc.property(values, (value) => {
      assert.deepEqual(encode(value), toBinary(schema, create(schema, toOracle(value))))
    }),
  )
}

describe('[P1] the codec gives the bytes that the generated code gives', () => {
  const frames = fc.oneof(some.clientFrame, some.serverFrame)

  test('for frames', () => {
    isByteEqual(frames, encodeFrame, FramesSchema, (frame) => ({
      frames: [oracle.oracleFrame(frame)],
    }))
  })

  test('for messages and commands', () => {
    isByteEqual(some.message, encodeMessage, MessageSchema, oracle.oracleMessage)
    isByteEqual(some.command, encodeCommand, CommandSchema, oracle.oracleCommand)
    isByteEqual(some.envelope, encodeCommandEnvelope, CommandEnvelopeSchema, oracle.oracleEnvelope)
    isByteEqual(some.commandBlob, encodeCommandBlob, CommandBlobSchema, ({ body, handshake }) => ({
      body: body.slice(),
      ...(handshake === undefined ? {} : { handshake: oracle.oracleHandshake(handshake) }),
    }))
  })

  test('for records and deliveries', () => {
    isByteEqual(some.userEvent, encodeUserEvent, UserEventSchema, oracle.oracleUserEvent)
    isByteEqual(
      some.accountEvent,
      encodeAccountEvent,
      AccountEventSchema,
      oracle.oracleAccountEvent,
    )
    isByteEqual(
      some.presenceInput,
      encodePresenceInput,
      PresenceInputSchema,
      oracle.oraclePresenceInput,
    )
    isByteEqual(fc.array(some.delivery), encodeEdgeBatch, EdgeBatchSchema, (deliveries) => ({
      deliveries: deliveries.map(oracle.oracleDelivery),
    }))
  })
})
