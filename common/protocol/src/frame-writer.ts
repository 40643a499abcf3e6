import { unreachable } from './assert.ts'
import { writeEnvelope } from './command-codec.ts'
import { notices, verdicts } from './frame-fields.ts'
import type { ClientFrame, ServerFrame } from './frames.ts'
import { writeEvent } from './message-codec.ts'
import type { WireWriter } from './wire.ts'

/** The content of the frame, without the field that says its kind. */
export function writeFrame(writer: WireWriter, frame: ClientFrame | ServerFrame): void {
  switch (frame.kind) {
    case 'hello':
      writer.uint(1, frame.version)
      writer.text(2, frame.token)
      return writer.text(3, frame.client)
    case 'ready':
      writer.id(1, frame.connection)
      writer.id(2, frame.user)
      writer.id(3, frame.device)
      writer.text(4, frame.epoch)
      writer.uint(5, frame.pts)
      writer.uint(6, frame.heartbeatMs)
      writer.uint(7, frame.reconnectSpreadMs)
      writer.uint(8, frame.serverTimeMs)
      return writer.uint(9, frame.version)
    case 'send':
      return writer.message(1, () => writeEnvelope(writer, frame.envelope))
    case 'event':
      return writeEvent(writer, frame)
    case 'ack':
      writer.id(1, frame.conversation)
      writer.uint(2, frame.n)
      return writer.uint(3, frame.seq)
    case 'nack':
      writer.id(1, frame.conversation)
      writer.uint(2, frame.n)
      writer.text(3, frame.reason)
      writer.uint(4, frame.accepted)
      writer.uint(5, frame.epoch)
      return writer.uint(6, frame.standing)
    case 'sync':
      writer.uint(1, frame.request)
      writer.text(2, frame.epoch)
      return writer.uint(3, frame.since)
    case 'sync-page':
      writer.uint(1, frame.request)
      writer.uint(2, verdicts.indexOf(frame.verdict))
      writer.text(3, frame.epoch)
      for (const event of frame.events) writer.message(4, () => writeEvent(writer, event))
      writer.uint(5, frame.head)
      return writer.bool(6, frame.isLast)
    case 'heartbeat':
      return writer.uint(1, frame.pts)
    case 'signal':
      return writeSignal(writer, frame)
    case 'mark':
      writer.id(1, frame.conversation)
      if ('user' in frame) {
        writer.id(2, frame.user)
        writer.id(3, frame.device)
      }
      writer.uint(4, frame.version)
      writer.uint(5, frame.readSeq)
      return writer.bytes(6, frame.blob)
    case 'error':
      writer.text(1, frame.code)
      writer.text(2, frame.message)
      writer.uint(3, frame.retryMs)
      if (frame.conversation !== undefined) writer.id(4, frame.conversation)
      return writer.uint(5, frame.n ?? 0)
    case 'go-away':
      return writer.uint(1, frame.returnAfterMs)
    case 'notice':
      return writer.uint(1, notices.indexOf(frame.notice))
    default:
      return unreachable(frame)
  }
}

function writeSignal(
  writer: WireWriter,
  frame: Extract<ClientFrame | ServerFrame, { kind: 'signal' }>,
): void {
  switch (frame.signal) {
    case 'sealed':
      return writer.message(1, () => {
        writer.id(1, frame.conversation)
        if ('sender' in frame) {
          writer.id(2, frame.sender)
          writer.id(3, frame.device)
        }
        writer.bytes(4, frame.payload)
      })
    case 'watch':
      return writer.message(2, () => {
        for (const user of frame.users) writer.id(1, user)
      })
    case 'presence':
      return writer.message(3, () => {
        writer.id(1, frame.user)
        writer.bool(2, frame.isOnline)
        writer.uint(3, frame.lastSeenMs)
      })
    default:
      return unreachable(frame)
  }
}
