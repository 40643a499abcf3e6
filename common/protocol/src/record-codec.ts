/** Values of log records and bus messages as bytes (`proto/parley/v1/frames.proto`). */
import { unreachable } from './assert.ts'
import { readDeviceOfUser, writeDeviceOfUser } from './command-codec.ts'
import { decodeServerFrames, encodeFrame } from './frame-codec.ts'
import { deviceIdOf, userIdOf } from './id-codec.ts'
import type { DeviceId, UserId } from './ids.ts'
import { malformed } from './malformed.ts'
import { encodeMessage, readMessage } from './message-codec.ts'
import type { AccountEvent, EdgeDelivery, UserEvent } from './records.ts'
import { WireReader, WireWriter } from './wire.ts'

export function encodeUserEvent(event: UserEvent): Uint8Array {
  switch (event.kind) {
    case 'message':
      return encodeUserEventOfMessage(encodeMessage(event.message))
    case 'ack':
      return encodeAnswer(2, event.device, encodeFrame(event.ack))
    case 'nack':
      return encodeAnswer(3, event.device, encodeFrame(event.nack))
    default:
      return unreachable(event)
  }
}

/** From the bytes of `encodeMessage`, so that they are made once for all members. */
export function encodeUserEventOfMessage(message: Uint8Array): Uint8Array {
  const writer = new WireWriter(message.length + 16)
  writer.bytesAlways(1, message)
  return writer.finish()
}

export function decodeUserEvent(bytes: Uint8Array): UserEvent {
  const reader = new WireReader(bytes)
  const field = reader.next()
  if (field === 1) return { kind: 'message', message: readMessage(reader.reader()) }
  if (field !== 2 && field !== 3) throw malformed('an unknown user event')
  const { device, frame } = readAnswer(reader.reader())
  const [answer] = decodeServerFrames(frame)
  if (field === 2 && answer?.kind === 'ack') return { kind: 'ack', device, ack: answer }
  if (field === 3 && answer?.kind === 'nack') return { kind: 'nack', device, nack: answer }
  throw malformed('an answer of another kind')
}

/** The parts of a user event that the user log needs, without decoding the rest. */
export function userEventParts(
  bytes: Uint8Array,
):
  | { readonly kind: 'message'; readonly message: Uint8Array }
  | { readonly kind: 'answer'; readonly device: DeviceId; readonly frame: Uint8Array } {
  const reader = new WireReader(bytes)
  const field = reader.next()
  if (field === 1) return { kind: 'message', message: reader.bytes() }
  if (field === 2 || field === 3) return { kind: 'answer', ...readAnswer(reader.reader()) }
  throw malformed('an unknown user event')
}

function encodeAnswer(field: number, device: DeviceId, frame: Uint8Array): Uint8Array {
  const writer = new WireWriter(128)
  writer.message(field, () => {
    writer.id(1, device)
    writer.bytesAlways(2, frame)
  })
  return writer.finish()
}

function readAnswer(reader: WireReader): { device: DeviceId; frame: Uint8Array } {
  let device: DeviceId | undefined
  let frame: Uint8Array | undefined
  for (let field = reader.next(); field !== 0; field = reader.next())
    if (field === 1) device = deviceIdOf(reader.bytes())
    else if (field === 2) frame = reader.bytes()
    else reader.skip()
  if (device === undefined || frame === undefined) throw malformed('an answer without device')
  return { device, frame }
}

export function encodeEdgeBatch(deliveries: readonly EdgeDelivery[]): Uint8Array {
  const bytes = deliveries.reduce((sum, delivery) => sum + delivery.bytes.length + 72, 0)
  const writer = new WireWriter(bytes)
  for (const delivery of deliveries)
    writer.message(1, () => {
      writer.id(1, delivery.user)
      if (delivery.device !== undefined) writer.id(2, delivery.device)
      if (delivery.exceptDevice !== undefined) writer.id(3, delivery.exceptDevice)
      writer.bool(4, delivery.isEphemeral)
      writer.uint(5, delivery.pts)
      writer.bytes(6, delivery.bytes)
    })
  return writer.finish()
}

export function decodeEdgeBatch(bytes: Uint8Array): readonly EdgeDelivery[] {
  const deliveries: EdgeDelivery[] = []
  const outer = new WireReader(bytes)
  for (let field = outer.next(); field !== 0; field = outer.next())
    if (field === 1) deliveries.push(readDelivery(outer.reader()))
    else outer.skip()
  return deliveries
}

function readDelivery(reader: WireReader): EdgeDelivery {
  let user: UserId | undefined
  let device: DeviceId | undefined
  let exceptDevice: DeviceId | undefined
  let isEphemeral = false
  let pts = 0
  let bytes: Uint8Array = new Uint8Array(0)
  for (let field = reader.next(); field !== 0; field = reader.next())
    if (field === 1) user = userIdOf(reader.bytes())
    else if (field === 2) device = deviceIdOf(reader.bytes())
    else if (field === 3) exceptDevice = deviceIdOf(reader.bytes())
    else if (field === 4) isEphemeral = reader.bool()
    else if (field === 5) pts = reader.uint()
    else if (field === 6) bytes = reader.bytes()
    else reader.skip()
  if (user === undefined) throw malformed('a delivery without user')
  return { user, device, exceptDevice, isEphemeral, pts, bytes }
}

const accountEventFields = { 'device-revoked': 1, 'device-added': 2 } as const

export function encodeAccountEvent(event: AccountEvent): Uint8Array {
  const writer = new WireWriter(64)
  writeDeviceOfUser(writer, accountEventFields[event.kind], event)
  return writer.finish()
}

export function decodeAccountEvent(bytes: Uint8Array): AccountEvent {
  const reader = new WireReader(bytes)
  const field = reader.next()
  if (field !== 1 && field !== 2) throw malformed('an unknown account event')
  const kind = field === 1 ? 'device-revoked' : 'device-added'
  return { kind, ...readDeviceOfUser(reader.reader()) }
}
