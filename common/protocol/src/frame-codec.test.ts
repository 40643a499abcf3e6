import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Command, CommandEnvelope } from './command.ts'
import { decodeCommandEnvelope, encodeCommandEnvelope } from './command-codec.ts'
import { ChatError, type ErrorCode, errorFacts } from './errors.ts'
import {
  decodeClientFrames,
  decodeServerFrames,
  encodeFrame,
  encodeSyncPage,
} from './frame-codec.ts'
import type { ClientFrame, ServerFrame } from './frames.ts'
import { newConnectionId, newConversationId, newDeviceId, newUserId } from './ids.ts'
import { limits } from './limits.ts'
import type { Message } from './message.ts'
import { decodeMessage, encodeMessage, eventHead } from './message-codec.ts'
import {
  decodeEdgeBatch,
  decodeUserEvent,
  encodeEdgeBatch,
  encodeUserEvent,
  userEventParts,
} from './record-codec.ts'
import { type RejectReason, rejectReasons } from './reject-reason.ts'

function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>
}

const parts = record({
  atMs: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  cell: fc.integer({ min: 0, max: 1023 }),
  random: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
})
const user = parts.map(newUserId)
const device = parts.map(newDeviceId)
const conversation = parts.map(newConversationId)
const count = fc.maxSafeNat()
const bytes = fc.uint8Array({ maxLength: 300 })
const deviceOfUser = record({ user, device })
const blob = fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 }), { nil: undefined })

const command: fc.Arbitrary<Command> = fc.oneof(
  record({
    kind: fc.constant('create' as const),
    conversationKind: fc.constantFrom('direct' as const, 'group' as const),
    encryption: fc.constantFrom('mls' as const, 'server' as const),
    members: fc.array(user, { maxLength: 5 }),
    devices: fc.array(deviceOfUser, { maxLength: 5 }),
    suite: fc.nat(65_535),
    epoch: count,
    blob,
  }),
  record({
    kind: fc.constant('send' as const),
    epoch: count,
    generation: count,
    isSilent: fc.boolean(),
    commitment: bytes,
  }),
  record({
    kind: fc.constant('commit' as const),
    epoch: count,
    addUsers: fc.array(user, { maxLength: 3 }),
    removeUsers: fc.array(user, { maxLength: 3 }),
    addDevices: fc.array(deviceOfUser, { maxLength: 3 }),
    removeDevices: fc.array(device, { maxLength: 3 }),
    blob,
  }),
  fc.constant({ kind: 'leave' as const }),
  record({
    kind: fc.constant('set-role' as const),
    user,
    role: fc.constantFrom('owner' as const, 'admin' as const, 'member' as const),
  }),
  record({ kind: fc.constant('erase' as const), target: count }),
  record({
    kind: fc.constant('system' as const),
    change: fc.constantFrom('device-revoked' as const, 'account-deleted' as const),
    user,
    device: fc.option(device, { nil: undefined }),
  }),
)
const envelope: fc.Arbitrary<CommandEnvelope> = record({
  conversation,
  sender: user,
  device,
  n: count.map((n) => Math.max(1, n)),
  prev: count,
  standing: count,
  command,
  body: bytes,
  handshake: fc.option(record({ welcome: bytes, tree: bytes, groupInfo: bytes }), {
    nil: undefined,
  }),
})
const message: fc.Arbitrary<Message> = record({
  conversation,
  seq: count,
  sender: user,
  device,
  n: count,
  atMs: count,
  counted: count,
  rules: count,
  command,
  body: bytes,
  isErased: fc.boolean(),
})
const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const shortText = fc.string({ maxLength: 20 })

const clientFrame: fc.Arbitrary<ClientFrame> = fc.oneof(
  record({ kind: fc.constant('hello' as const), version: count, token: text, client: shortText }),
  record({ kind: fc.constant('send' as const), envelope }),
  record({ kind: fc.constant('sync' as const), request: count, epoch: text, since: count }),
  record({ kind: fc.constant('heartbeat' as const), pts: count }),
  record({
    kind: fc.constant('signal' as const),
    signal: fc.constant('sealed' as const),
    conversation,
    payload: bytes,
  }),
  record({
    kind: fc.constant('signal' as const),
    signal: fc.constant('watch' as const),
    users: fc.array(user, { maxLength: limits.watchedUsersMax }),
  }),
  record({
    kind: fc.constant('mark' as const),
    conversation,
    version: count,
    readSeq: count,
    blob: bytes,
  }),
)
const event = record({ kind: fc.constant('event' as const), pts: count, message })
const ack = record({ kind: fc.constant('ack' as const), conversation, n: count, seq: count })
const nack = record({
  kind: fc.constant('nack' as const),
  conversation,
  n: count,
  reason: fc.constantFrom(...(Object.keys(rejectReasons) as RejectReason[])),
  accepted: count,
  epoch: count,
  standing: count,
})
const serverFrame: fc.Arbitrary<ServerFrame> = fc.oneof(
  record({
    kind: fc.constant('ready' as const),
    connection: parts.map(newConnectionId),
    user,
    device,
    epoch: text,
    pts: count,
    heartbeatMs: count,
    reconnectSpreadMs: count,
    serverTimeMs: count,
    version: count,
  }),
  event,
  ack,
  nack,
  record({
    kind: fc.constant('sync-page' as const),
    request: count,
    verdict: fc.constantFrom('entries' as const, 'too-long' as const, 'epoch' as const),
    epoch: text,
    events: fc.array(event, { maxLength: 3 }),
    head: count,
    isLast: fc.boolean(),
  }),
  record({
    kind: fc.constant('signal' as const),
    signal: fc.constant('sealed' as const),
    conversation,
    sender: user,
    device,
    payload: bytes,
  }),
  record({
    kind: fc.constant('signal' as const),
    signal: fc.constant('presence' as const),
    user,
    isOnline: fc.boolean(),
    lastSeenMs: count,
  }),
  record({
    kind: fc.constant('mark' as const),
    conversation,
    user,
    device,
    version: count,
    readSeq: count,
    blob: bytes,
  }),
  record({
    kind: fc.constant('error' as const),
    code: fc.constantFrom(...(Object.keys(errorFacts) as ErrorCode[])),
    message: text,
    retryMs: count,
    conversation,
    n: count.map((n) => Math.max(1, n)),
  }),
  record({ kind: fc.constant('go-away' as const), returnAfterMs: count }),
  record({
    kind: fc.constant('notice' as const),
    notice: fc.constantFrom('device-box' as const, 'devices' as const, 'key-packages-low' as const),
  }),
)

describe('frames', () => {
  test('[P1] what a client encodes is what a server decodes', () => {
    fc.assert(
      fc.property(clientFrame, (frame) => {
        assert.deepEqual(decodeClientFrames(encodeFrame(frame)), [frame])
      }),
    )
  })

  test('[P1] what a server encodes is what a client decodes, several joined end to end', () => {
    fc.assert(
      fc.property(fc.array(serverFrame, { maxLength: 4 }), (frames) => {
        const joined = concat(frames.map(encodeFrame))
        assert.deepEqual(decodeServerFrames(joined), frames)
      }),
    )
  })

  test('[P2] the head of an event and the shared bytes of its message make the event', () => {
    fc.assert(
      fc.property(event, ({ pts, message: shared }) => {
        const encoded = encodeMessage(shared)
        const joined = concat([eventHead(pts, encoded.length), encoded])
        assert.deepEqual(joined, encodeFrame({ kind: 'event', pts, message: shared }))
        assert.deepEqual(decodeMessage(encoded), shared)
      }),
    )
  })

  test('a sync page of encoded messages is the page of those messages', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 4 }), count, (events, head) => {
        const page = { request: 7, verdict: 'entries', epoch: 'e', head, isLast: true } as const
        const encoded = events.map(({ pts, message: m }) => ({ pts, message: encodeMessage(m) }))
        assert.deepEqual(
          encodeSyncPage(page, encoded),
          encodeFrame({ kind: 'sync-page', ...page, events }),
        )
      }),
    )
  })

  test('records and bus messages come back as they were', () => {
    fc.assert(
      fc.property(envelope, message, device, ack, nack, (e, m, d, a, n) => {
        assert.deepEqual(decodeCommandEnvelope(encodeCommandEnvelope(e)), e)
        for (const value of [
          { kind: 'message', message: m } as const,
          { kind: 'ack', device: d, ack: a } as const,
          { kind: 'nack', device: d, nack: n } as const,
        ])
          assert.deepEqual(decodeUserEvent(encodeUserEvent(value)), value)
        const partsOfMessage = userEventParts(encodeUserEvent({ kind: 'message', message: m }))
        assert.deepEqual(partsOfMessage, { kind: 'message', message: encodeMessage(m) })
        const delivery = {
          user: m.sender,
          device: d,
          exceptDevice: undefined,
          isEphemeral: true,
          pts: 3,
          bytes: encodeMessage(m),
        }
        assert.deepEqual(decodeEdgeBatch(encodeEdgeBatch([delivery, delivery])), [
          delivery,
          delivery,
        ])
      }),
    )
  })

  test('[P3] whatever else arrives is a bad request and nothing worse', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 })
    fc.assert(
      fc.property(fc.oneof(clientFrame, serverFrame), damage, fc.nat(), (frame, changes, cut) => {
        const damaged = encodeFrame(frame).slice()
        for (const [at, byte] of changes) damaged[at % damaged.length] = byte
        const shortened = damaged.subarray(0, cut % (damaged.length + 1))
        for (const input of [damaged, shortened])
          for (const decode of [decodeClientFrames, decodeServerFrames, decodeCommandEnvelope])
            try {
              decode(input)
            } catch (error) {
              assert.ok(error instanceof ChatError && error.code === 'bad-request', String(error))
            }
      }),
      { numRuns: 2_000 },
    )
  })

  test('[P3] frames of the other direction are refused', () => {
    const frame = encodeFrame({ kind: 'go-away', returnAfterMs: 1 })
    assert.throws(() => decodeClientFrames(frame), { code: 'bad-request' })
  })

  test('[P4] the number of frames in one message has a limit', () => {
    const heartbeat = encodeFrame({ kind: 'heartbeat', pts: 1 })
    const joined = (length: number) => concat(Array.from({ length }, () => heartbeat))
    const max = limits.framesPerMessageMax
    assert.equal(decodeClientFrames(joined(max)).length, max)
    for (const length of [max + 1, max * 10])
      assert.throws(() => decodeClientFrames(joined(length)), { code: 'bad-request' })
  })
})

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return all
}
