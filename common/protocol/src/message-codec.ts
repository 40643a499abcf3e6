/** Messages and events as bytes. The bytes of one message serve all its receivers. */
import type { Command } from './command.ts'
import { readCommand, writeCommand } from './command-codec.ts'
import { eventField } from './frame-fields.ts'
import type { Event } from './frames.ts'
import { conversationIdOf, deviceIdOf, userIdOf } from './id-codec.ts'
import type { ConversationId, DeviceId, UserId } from './ids.ts'
import { malformed } from './malformed.ts'
import type { Message } from './message.ts'
import { varintBytes, WireReader, WireWriter } from './wire.ts'

const nothing: Uint8Array = new Uint8Array(0)

export function encodeMessage(message: Message): Uint8Array {
  const writer = new WireWriter(256 + message.body.length)
  writeMessage(writer, message)
  return writer.finish()
}

export const decodeMessage = (bytes: Uint8Array): Message => readMessage(new WireReader(bytes))

/** An event frame, from its place in the user log and the bytes of `encodeMessage`. */
export function encodeEvent(pts: number, message: Uint8Array): Uint8Array {
  const writer = new WireWriter(32 + message.length)
  writeEventHead(writer, pts, message.length)
  writer.raw(message)
  return writer.finish()
}

/** All of an event frame but the message, whose bytes follow without being copied. */
export function eventHead(pts: number, messageBytes: number): Uint8Array {
  const writer = new WireWriter(32)
  writeEventHead(writer, pts, messageBytes)
  return writer.finish()
}

function writeEventHead(writer: WireWriter, pts: number, messageBytes: number): void {
  const ptsBytes = pts === 0 ? 0 : 1 + varintBytes(pts)
  const eventBytes = ptsBytes + 1 + varintBytes(messageBytes) + messageBytes
  writer.head(1, 1 + varintBytes(eventBytes) + eventBytes)
  writer.head(eventField, eventBytes)
  writer.uint(1, pts)
  writer.head(2, messageBytes)
}

export function writeEvent(writer: WireWriter, { pts, message }: Event): void {
  writer.uint(1, pts)
  writer.message(2, () => writeMessage(writer, message))
}

export function readEvent(reader: WireReader): Event {
  let pts = 0
  let message: Message | undefined
  for (let field = reader.next(); field !== 0; field = reader.next())
    if (field === 1) pts = reader.uint()
    else if (field === 2) message = readMessage(reader.reader())
    else reader.skip()
  if (message === undefined) throw malformed('an event without message')
  return { kind: 'event', pts, message }
}

export function writeMessage(writer: WireWriter, message: Message): void {
  writer.id(1, message.conversation)
  writer.uint(2, message.seq)
  writer.id(3, message.sender)
  writer.id(4, message.device)
  writer.uint(5, message.n)
  writer.uint(6, message.atMs)
  writer.uint(7, message.counted)
  writer.uint(8, message.rules)
  writer.message(9, () => writeCommand(writer, message.command))
  writer.bytes(10, message.body)
  writer.bool(11, message.isErased)
}

export function readMessage(reader: WireReader): Message {
  let conversation: ConversationId | undefined
  let sender: UserId | undefined
  let device: DeviceId | undefined
  let command: Command | undefined
  let body: Uint8Array = nothing
  let isErased = false
  const numbers = { seq: 0, n: 0, atMs: 0, counted: 0, rules: 0 }
  for (let field = reader.next(); field !== 0; field = reader.next())
    switch (field) {
      case 1:
        conversation = conversationIdOf(reader.bytes())
        break
      case 2:
        numbers.seq = reader.uint()
        break
      case 3:
        sender = userIdOf(reader.bytes())
        break
      case 4:
        device = deviceIdOf(reader.bytes())
        break
      case 5:
        numbers.n = reader.uint()
        break
      case 6:
        numbers.atMs = reader.uint()
        break
      case 7:
        numbers.counted = reader.uint()
        break
      case 8:
        numbers.rules = reader.uint()
        break
      case 9:
        command = readCommand(reader.reader())
        break
      case 10:
        body = reader.bytes()
        break
      case 11:
        isErased = reader.bool()
        break
      default:
        reader.skip()
    }
  if (conversation === undefined || sender === undefined || device === undefined)
    throw malformed('a message without ids')
  if (command === undefined) throw malformed('a message without command')
  return { conversation, sender, device, command, body, isErased, ...numbers }
}
