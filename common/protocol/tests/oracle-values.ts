/** Our values as the generated code wants them. Only tests use it: as an oracle for the codec. */
import { Buffer } from 'node:buffer'
import type { MessageInitShape } from '@bufbuild/protobuf'
import type { Command, CommandEnvelope, DeviceOfUser, Handshake } from '../src/command.ts'
import type { ClientFrame, Event, ServerFrame } from '../src/frames.ts'
import type { Message } from '../src/message.ts'
import type { PresenceInput } from '../src/presence-input.ts'
import type { AccountEvent, EdgeDelivery, UserEvent } from '../src/records.ts'
import {
  type AccountEventSchema,
  type CommandEnvelopeSchema,
  type CommandSchema,
  ConversationKind,
  type EdgeDeliverySchema,
  Encryption,
  type EventSchema,
  type FrameSchema,
  type MessageSchema,
  NoticeKind,
  PresenceInputKind,
  type PresenceInputSchema,
  Role,
  SyncVerdict,
  SystemChange,
  type UserEventSchema,
} from './generated/parley/v1/frames_pb.js'

const kinds = { direct: ConversationKind.DIRECT, group: ConversationKind.GROUP }
const encryptions = { mls: Encryption.MLS, server: Encryption.SERVER }
const roles = { owner: Role.OWNER, admin: Role.ADMIN, member: Role.MEMBER }
const systemChanges = {
  'device-revoked': SystemChange.DEVICE_REVOKED,
  'account-deleted': SystemChange.ACCOUNT_DELETED,
}
const verdicts = {
  entries: SyncVerdict.ENTRIES,
  'too-long': SyncVerdict.TOO_LONG,
  epoch: SyncVerdict.EPOCH,
}
const notices = {
  'device-box': NoticeKind.DEVICE_BOX,
  devices: NoticeKind.DEVICES,
  'key-packages-low': NoticeKind.KEY_PACKAGES_LOW,
}

const presenceKinds = {
  connected: PresenceInputKind.CONNECTED,
  disconnected: PresenceInputKind.DISCONNECTED,
  watch: PresenceInputKind.WATCH,
  sealed: PresenceInputKind.SEALED,
}

const none = new Uint8Array(0)

export function idBytes(id: string | undefined): Uint8Array<ArrayBuffer> {
  return id === undefined ? none : Uint8Array.from(Buffer.from(id.replaceAll('-', ''), 'hex'))
}

const bytesOf = (bytes: Uint8Array | undefined) => (bytes === undefined ? none : bytes.slice())
const deviceOf = ({ user, device }: DeviceOfUser) => ({
  user: idBytes(user),
  device: idBytes(device),
})

export function oracleCommand(command: Command): MessageInitShape<typeof CommandSchema> {
  switch (command.kind) {
    case 'create':
      return {
        kind: {
          case: 'create',
          value: {
            suite: command.suite,
            conversationKind: kinds[command.conversationKind],
            encryption: encryptions[command.encryption],
            members: command.members.map(idBytes),
            devices: command.devices.map(deviceOf),
            epoch: BigInt(command.epoch),
            blob: bytesOf(command.blob),
          },
        },
      }
    case 'send':
      return {
        kind: {
          case: 'send',
          value: {
            epoch: BigInt(command.epoch),
            generation: BigInt(command.generation),
            silent: command.isSilent,
            commitment: bytesOf(command.commitment),
          },
        },
      }
    case 'commit':
      return {
        kind: {
          case: 'commit',
          value: {
            epoch: BigInt(command.epoch),
            addUsers: command.addUsers.map(idBytes),
            removeUsers: command.removeUsers.map(idBytes),
            addDevices: command.addDevices.map(deviceOf),
            removeDevices: command.removeDevices.map(idBytes),
            blob: bytesOf(command.blob),
          },
        },
      }
    case 'leave':
      return { kind: { case: 'leave', value: {} } }
    case 'set-role': {
      const { user, role, since } = command
      const value = { user: idBytes(user), role: roles[role], since: BigInt(since) }
      return { kind: { case: 'setRole', value } }
    }
    case 'erase':
      return { kind: { case: 'erase', value: { target: BigInt(command.target) } } }
    default: {
      const { user, device, change } = command
      const value = {
        user: idBytes(user),
        device: idBytes(device),
        change: systemChanges[change],
      }
      return { kind: { case: 'system', value } }
    }
  }
}

export function oracleEnvelope(
  envelope: CommandEnvelope,
): MessageInitShape<typeof CommandEnvelopeSchema> {
  const { handshake } = envelope
  return {
    conversation: idBytes(envelope.conversation),
    sender: idBytes(envelope.sender),
    device: idBytes(envelope.device),
    n: BigInt(envelope.n),
    prev: BigInt(envelope.prev),
    standing: BigInt(envelope.standing),
    command: oracleCommand(envelope.command),
    body: bytesOf(envelope.body),
    ...(handshake === undefined ? {} : { handshake: oracleHandshake(handshake) }),
  }
}

export const oracleHandshake = ({ welcome, tree, groupInfo }: Handshake) => ({
  welcome: bytesOf(welcome),
  tree: bytesOf(tree),
  groupInfo: bytesOf(groupInfo),
})

export function oracleMessage(message: Message): MessageInitShape<typeof MessageSchema> {
  return {
    conversation: idBytes(message.conversation),
    seq: BigInt(message.seq),
    sender: idBytes(message.sender),
    device: idBytes(message.device),
    n: BigInt(message.n),
    atMs: BigInt(message.atMs),
    counted: BigInt(message.counted),
    rules: message.rules,
    command: oracleCommand(message.command),
    body: bytesOf(message.body),
    erased: message.isErased,
  }
}

const oracleEvent = ({ pts, message }: Event): MessageInitShape<typeof EventSchema> => ({
  pts: BigInt(pts),
  message: oracleMessage(message),
})

export function oracleFrame(
  frame: ClientFrame | ServerFrame,
): MessageInitShape<typeof FrameSchema> {
  switch (frame.kind) {
    case 'hello': {
      const { version, token, client } = frame
      return { body: { case: 'hello', value: { version, token, client } } }
    }
    case 'ready': {
      const { epoch, heartbeatMs, reconnectSpreadMs, version } = frame
      const value = {
        connection: idBytes(frame.connection),
        user: idBytes(frame.user),
        device: idBytes(frame.device),
        epoch,
        pts: BigInt(frame.pts),
        heartbeatMs,
        reconnectSpreadMs,
        serverTimeMs: BigInt(frame.serverTimeMs),
        version,
      }
      return { body: { case: 'ready', value } }
    }
    case 'send':
      return { body: { case: 'send', value: { envelope: oracleEnvelope(frame.envelope) } } }
    case 'event':
      return { body: { case: 'event', value: oracleEvent(frame) } }
    case 'ack': {
      const value = {
        conversation: idBytes(frame.conversation),
        n: BigInt(frame.n),
        seq: BigInt(frame.seq),
      }
      return { body: { case: 'ack', value } }
    }
    case 'nack': {
      const value = {
        conversation: idBytes(frame.conversation),
        n: BigInt(frame.n),
        reason: frame.reason,
        accepted: BigInt(frame.accepted),
        epoch: BigInt(frame.epoch),
        standing: BigInt(frame.standing),
      }
      return { body: { case: 'nack', value } }
    }
    case 'sync': {
      const { request, epoch } = frame
      return { body: { case: 'sync', value: { request, epoch, since: BigInt(frame.since) } } }
    }
    case 'sync-page': {
      const value = {
        request: frame.request,
        verdict: verdicts[frame.verdict],
        epoch: frame.epoch,
        events: frame.events.map(oracleEvent),
        head: BigInt(frame.head),
        last: frame.isLast,
      }
      return { body: { case: 'syncPage', value } }
    }
    case 'heartbeat':
      return { body: { case: 'heartbeat', value: { pts: BigInt(frame.pts) } } }
    case 'signal':
      return { body: { case: 'signal', value: oracleSignal(frame) } }
    case 'mark': {
      const value = {
        conversation: idBytes(frame.conversation),
        user: idBytes('user' in frame ? frame.user : undefined),
        device: idBytes('user' in frame ? frame.device : undefined),
        version: BigInt(frame.version),
        readSeq: BigInt(frame.readSeq),
        blob: bytesOf(frame.blob),
      }
      return { body: { case: 'mark', value } }
    }
    case 'error': {
      const value = {
        code: frame.code,
        message: frame.message,
        retryMs: frame.retryMs,
        conversation: idBytes(frame.conversation),
        n: BigInt(frame.n ?? 0),
      }
      return { body: { case: 'error', value } }
    }
    case 'go-away':
      return { body: { case: 'goAway', value: { returnAfterMs: frame.returnAfterMs } } }
    default:
      return { body: { case: 'notice', value: { kind: notices[frame.notice] } } }
  }
}

function oracleSignal(frame: Extract<ClientFrame | ServerFrame, { kind: 'signal' }>) {
  switch (frame.signal) {
    case 'sealed': {
      const value = {
        conversation: idBytes(frame.conversation),
        sender: idBytes('sender' in frame ? frame.sender : undefined),
        device: idBytes('sender' in frame ? frame.device : undefined),
        payload: bytesOf(frame.payload),
      }
      return { kind: { case: 'sealed' as const, value } }
    }
    case 'watch':
      return { kind: { case: 'watch' as const, value: { users: frame.users.map(idBytes) } } }
    default: {
      const value = {
        user: idBytes(frame.user),
        online: frame.isOnline,
        lastSeenMs: BigInt(frame.lastSeenMs),
      }
      return { kind: { case: 'presence' as const, value } }
    }
  }
}

export function oracleUserEvent(event: UserEvent): MessageInitShape<typeof UserEventSchema> {
  if (event.kind === 'message')
    return { kind: { case: 'message', value: oracleMessage(event.message) } }
  const answer = event.kind === 'ack' ? event.ack : event.nack
  const value = { device: idBytes(event.device), frame: { frames: [oracleFrame(answer)] } }
  return { kind: { case: event.kind, value } }
}

export function oracleAccountEvent(
  event: AccountEvent,
): MessageInitShape<typeof AccountEventSchema> {
  const name = event.kind === 'device-revoked' ? 'deviceRevoked' : 'deviceAdded'
  return { kind: { case: name, value: deviceOf(event) } }
}

export function oracleDelivery(
  delivery: EdgeDelivery,
): MessageInitShape<typeof EdgeDeliverySchema> {
  return {
    user: idBytes(delivery.user),
    device: idBytes(delivery.device),
    exceptDevice: idBytes(delivery.exceptDevice),
    ephemeral: delivery.isEphemeral,
    pts: BigInt(delivery.pts),
    frame: bytesOf(delivery.bytes),
  }
}

export function oraclePresenceInput(
  input: PresenceInput,
): MessageInitShape<typeof PresenceInputSchema> {
  const { user, device, connection, edge } = input.session
  return {
    kind: presenceKinds[input.kind],
    user: idBytes(user),
    device: idBytes(device),
    connection: idBytes(connection),
    edge,
    users: input.kind === 'watch' ? input.users.map(idBytes) : [],
    conversation: idBytes(input.kind === 'sealed' ? input.conversation : undefined),
    payload: bytesOf(input.kind === 'sealed' ? input.payload : undefined),
  }
}
