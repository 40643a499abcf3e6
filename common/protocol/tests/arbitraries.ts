/** Arbitrary frames and records for property tests: everything that the types allow. */
import fc from 'fast-check'
import type { Command, CommandBlob, CommandEnvelope } from '../src/command.ts'
import { type ErrorCode, errorFacts } from '../src/errors.ts'
import type { ClientFrame, ServerFrame } from '../src/frames.ts'
import { newConnectionId, newConversationId, newDeviceId, newUserId } from '../src/ids.ts'
import { limits } from '../src/limits.ts'
import type { Message } from '../src/message.ts'
import type { PresenceInput } from '../src/presence-input.ts'
import type { AccountEvent, EdgeDelivery, UserEvent } from '../src/records.ts'
import { type RejectReason, rejectReasons } from '../src/reject-reason.ts'

export function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>
}

const parts = record({
  atMs: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  cell: fc.integer({ min: 0, max: 1023 }),
  random: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
})
export const user = parts.map(newUserId)
export const device = parts.map(newDeviceId)
export const conversation = parts.map(newConversationId)
export const count = fc.maxSafeNat()
/** Of fields that are `uint32`. */
const small = fc.integer({ min: 0, max: 2 ** 32 - 1 })
export const bytes = fc.uint8Array({ maxLength: 300 })
const deviceOfUser = record({ user, device })
const blob = fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 }), { nil: undefined })

export const command: fc.Arbitrary<Command> = fc.oneof(
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
    since: count,
  }),
  record({ kind: fc.constant('erase' as const), target: count }),
  record({
    kind: fc.constant('system' as const),
    change: fc.constantFrom('device-revoked' as const, 'account-deleted' as const),
    user,
    device: fc.option(device, { nil: undefined }),
  }),
)
const handshake = record({ welcome: bytes, tree: bytes, groupInfo: bytes })
export const envelope: fc.Arbitrary<CommandEnvelope> = record({
  conversation,
  sender: user,
  device,
  n: count.map((n) => Math.max(1, n)),
  prev: count,
  standing: count,
  command,
  body: bytes,
  handshake: fc.option(handshake, { nil: undefined }),
})
export const message: fc.Arbitrary<Message> = record({
  conversation,
  seq: count,
  sender: user,
  device,
  n: count,
  atMs: count,
  counted: count,
  rules: small,
  command,
  body: bytes,
  isErased: fc.boolean(),
})
export const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const shortText = fc.string({ maxLength: 20 })

export const clientFrame: fc.Arbitrary<ClientFrame> = fc.oneof(
  record({ kind: fc.constant('hello' as const), version: small, token: text, client: shortText }),
  record({ kind: fc.constant('send' as const), envelope }),
  record({ kind: fc.constant('sync' as const), request: small, epoch: text, since: count }),
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
export const event = record({ kind: fc.constant('event' as const), pts: count, message })
export const ack = record({ kind: fc.constant('ack' as const), conversation, n: count, seq: count })
export const nack = record({
  kind: fc.constant('nack' as const),
  conversation,
  n: count,
  reason: fc.constantFrom(...(Object.keys(rejectReasons) as RejectReason[])),
  accepted: count,
  epoch: count,
  standing: count,
})
export const serverFrame: fc.Arbitrary<ServerFrame> = fc.oneof(
  record({
    kind: fc.constant('ready' as const),
    connection: parts.map(newConnectionId),
    user,
    device,
    epoch: text,
    pts: count,
    heartbeatMs: small,
    reconnectSpreadMs: small,
    serverTimeMs: count,
    version: small,
  }),
  event,
  ack,
  nack,
  record({
    kind: fc.constant('sync-page' as const),
    request: small,
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
    retryMs: small,
  }),
  record({
    kind: fc.constant('error' as const),
    code: fc.constant('unavailable' as const),
    message: text,
    retryMs: small,
    conversation,
    n: count.map((n) => Math.max(1, n)),
  }),
  record({ kind: fc.constant('heartbeat' as const), pts: count }),
  record({ kind: fc.constant('go-away' as const), returnAfterMs: small }),
  record({
    kind: fc.constant('notice' as const),
    notice: fc.constantFrom('device-box' as const, 'devices' as const, 'key-packages-low' as const),
  }),
)

export const userEvent: fc.Arbitrary<UserEvent> = fc.oneof(
  record({ kind: fc.constant('message' as const), message }),
  record({ kind: fc.constant('ack' as const), device, ack }),
  record({ kind: fc.constant('nack' as const), device, nack }),
)
export const accountEvent: fc.Arbitrary<AccountEvent> = record({
  kind: fc.constantFrom('device-revoked' as const, 'device-added' as const),
  user,
  device,
})
export const delivery: fc.Arbitrary<EdgeDelivery> = record({
  user,
  device: fc.option(device, { nil: undefined }),
  exceptDevice: fc.option(device, { nil: undefined }),
  isEphemeral: fc.boolean(),
  pts: count,
  bytes,
})
export const commandBlob: fc.Arbitrary<CommandBlob> = record({
  body: bytes,
  handshake: fc.option(handshake, { nil: undefined }),
})

const session = record({ user, device, connection: parts.map(newConnectionId), edge: shortText })
export const presenceInput: fc.Arbitrary<PresenceInput> = fc.oneof(
  record({
    kind: fc.constantFrom('connected' as const, 'disconnected' as const),
    session,
  }),
  record({ kind: fc.constant('watch' as const), session, users: fc.array(user) }),
  record({ kind: fc.constant('sealed' as const), session, conversation, payload: bytes }),
)
