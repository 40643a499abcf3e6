/**
 * Frames as bytes (`proto/parley/v1/frames.proto`). Each is encoded as one field of `Frames`, so
 * encodings are joined end to end into one WebSocket message.
 */
import { unreachable } from './assert.ts'
import type { Command, CommandEnvelope } from './command.ts'
import {
  encodeCommand,
  readCommand,
  readConversationId,
  readDeviceId,
  readEnvelope,
  readUserId,
  writeEnvelope,
} from './command-codec.ts'
import { ChatError, type ErrorCode, errorFacts } from './errors.ts'
import type { ClientFrame, Event, ServerFrame, SyncPage } from './frames.ts'
import {
  type ConnectionId,
  type ConversationId,
  type DeviceId,
  isConnectionId,
  type UserId,
} from './ids.ts'
import { limits } from './limits.ts'
import type { Message } from './message.ts'
import { type RejectReason, rejectReasons } from './reject-reason.ts'
import { malformed, WireReader, WireWriter } from './wire.ts'

const verdicts = [undefined, 'entries', 'too-long', 'epoch'] as const
const notices = [undefined, 'device-box', 'devices', 'key-packages-low'] as const
const fields = {
  hello: 1,
  ready: 2,
  send: 3,
  event: 4,
  ack: 5,
  nack: 6,
  sync: 7,
  'sync-page': 8,
  heartbeat: 9,
  signal: 10,
  mark: 11,
  error: 12,
  'go-away': 13,
  notice: 14,
} as const
const nothing: Uint8Array = new Uint8Array(0)

export function encodeFrame(frame: ClientFrame | ServerFrame): Uint8Array {
  const writer = new WireWriter(frame.kind === 'send' ? 384 + frame.envelope.body.length : 128)
  writer.message(1, () => writer.message(fields[frame.kind], () => writeFrame(writer, frame)))
  return writer.finish()
}

export function encodeMessage(message: Message): Uint8Array {
  const writer = new WireWriter(256 + message.body.length)
  writeMessage(writer, message)
  return writer.finish()
}

export function decodeMessage(bytes: Uint8Array): Message {
  return readMessage(new WireReader(bytes))
}

/**
 * All of an event frame but the message, whose bytes follow: the bytes of one message serve all
 * its receivers.
 */
export function eventHead(pts: number, messageBytes: number): Uint8Array {
  const inner = new WireWriter(16)
  inner.uint(1, pts)
  inner.head(2, messageBytes)
  const eventStart = inner.finish()
  const eventBytes = eventStart.length + messageBytes
  const frame = new WireWriter(8)
  frame.head(fields.event, eventBytes)
  const frameStart = frame.finish()
  const outer = new WireWriter(32)
  outer.head(1, frameStart.length + eventBytes)
  const outerStart = outer.finish()
  const head = new Uint8Array(outerStart.length + frameStart.length + eventStart.length)
  head.set(outerStart)
  head.set(frameStart, outerStart.length)
  head.set(eventStart, outerStart.length + frameStart.length)
  return head
}

/** The bytes of a sync page whose messages are encoded already. */
export function encodeSyncPage(
  page: Omit<SyncPage, 'kind' | 'events'>,
  events: readonly { readonly pts: number; readonly message: Uint8Array }[],
): Uint8Array {
  const writer = new WireWriter(1024)
  writer.message(1, () =>
    writer.message(fields['sync-page'], () => {
      writer.uint(1, page.request)
      writer.uint(2, verdicts.indexOf(page.verdict))
      writer.text(3, page.epoch)
      for (const { pts, message } of events)
        writer.message(4, () => {
          writer.uint(1, pts)
          writer.bytesAlways(2, message)
        })
      writer.uint(5, page.head)
      writer.bool(6, page.isLast)
    }),
  )
  return writer.finish()
}

/** What a client sent. Anything that is not a frame of a client is a `bad-request`. */
export function decodeClientFrames(bytes: Uint8Array): readonly ClientFrame[] {
  const frames: ClientFrame[] = []
  for (const [field, reader] of framesIn(bytes)) {
    if (frames.length === limits.framesPerMessageMax) throw malformed('too many frames')
    const read = clientReaders[field]
    if (read === undefined) throw malformed('a frame that clients do not send')
    frames.push(read(reader))
  }
  return frames
}

/** What a server sent; frames of a kind that this program does not know are passed over. */
export function decodeServerFrames(bytes: Uint8Array): readonly ServerFrame[] {
  const frames: ServerFrame[] = []
  for (const [field, reader] of framesIn(bytes)) {
    const read = serverReaders[field]
    if (read !== undefined) frames.push(read(reader))
  }
  return frames
}

function* framesIn(bytes: Uint8Array): Iterable<[field: number, WireReader]> {
  const outer = new WireReader(bytes)
  for (let field = outer.next(); field !== 0; field = outer.next()) {
    if (field !== 1) {
      outer.skip()
      continue
    }
    const frame = outer.reader()
    const kind = frame.next()
    if (kind === 0) throw malformed('an empty frame')
    yield [kind, frame.reader()]
    if (frame.next() !== 0) throw malformed('two frames in one')
  }
}

function writeFrame(writer: WireWriter, frame: ClientFrame | ServerFrame): void {
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

function writeEvent(writer: WireWriter, { pts, message }: Event): void {
  writer.uint(1, pts)
  writer.message(2, () => writeMessage(writer, message))
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
  writer.bytesAlways(9, encodeCommand(message.command))
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
        conversation = readConversationId(reader)
        break
      case 2:
        numbers.seq = reader.uint()
        break
      case 3:
        sender = readUserId(reader)
        break
      case 4:
        device = readDeviceId(reader)
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

/** Reads all fields of one message into a record by number; repeated ones keep the last. */
class Fields {
  readonly numbers = new Map<number, number>()
  readonly chunks = new Map<number, Uint8Array>()

  constructor(reader: WireReader, numbers: readonly number[], chunks: readonly number[]) {
    for (let field = reader.next(); field !== 0; field = reader.next())
      if (numbers.includes(field)) this.numbers.set(field, reader.uint())
      else if (chunks.includes(field)) this.chunks.set(field, reader.bytes())
      else reader.skip()
  }

  number(field: number): number {
    return this.numbers.get(field) ?? 0
  }

  bytes(field: number): Uint8Array {
    return this.chunks.get(field) ?? nothing
  }

  text(field: number): string {
    const writer = new WireWriter(this.bytes(field).length + 8)
    writer.bytesAlways(1, this.bytes(field))
    const reader = new WireReader(writer.finish())
    reader.next()
    return reader.text()
  }

  conversation(field: number): ConversationId {
    return readConversationId(this.#idReader(field))
  }

  user(field: number): UserId {
    return readUserId(this.#idReader(field))
  }

  device(field: number): DeviceId {
    return readDeviceId(this.#idReader(field))
  }

  connection(field: number): ConnectionId {
    const id = this.#idReader(field).id()
    if (!isConnectionId(id)) throw malformed('no connection id')
    return id
  }

  #idReader(field: number): WireReader {
    const writer = new WireWriter(24)
    writer.bytesAlways(1, this.bytes(field))
    const reader = new WireReader(writer.finish())
    reader.next()
    return reader
  }
}

const clientReaders: Readonly<Record<number, (reader: WireReader) => ClientFrame>> = {
  [fields.hello](reader) {
    const values = new Fields(reader, [1], [2, 3])
    const [token, client] = [values.text(2), values.text(3)]
    if (client.length > limits.clientNameBytesMax) throw malformed('a client name that is too long')
    return { kind: 'hello', version: values.number(1), token, client }
  },
  [fields.send](reader) {
    let envelope: CommandEnvelope | undefined
    for (let field = reader.next(); field !== 0; field = reader.next())
      if (field === 1) envelope = readEnvelope(reader.reader())
      else reader.skip()
    if (envelope === undefined) throw malformed('a send without a command')
    return { kind: 'send', envelope }
  },
  [fields.sync](reader) {
    const values = new Fields(reader, [1, 3], [2])
    const epoch = values.text(2)
    return { kind: 'sync', request: values.number(1), epoch, since: values.number(3) }
  },
  [fields.heartbeat]: readHeartbeat,
  [fields.signal](reader) {
    const kind = reader.next()
    if (kind === 1) {
      const values = new Fields(reader.reader(), [], [1, 2, 3, 4])
      const payload = values.bytes(4)
      if (payload.length > limits.signalBytesMax) throw malformed('a signal that is too long')
      return { kind: 'signal', signal: 'sealed', conversation: values.conversation(1), payload }
    }
    if (kind !== 2) throw malformed('a signal that clients do not send')
    const watch = reader.reader()
    const users: UserId[] = []
    for (let field = watch.next(); field !== 0; field = watch.next())
      if (field !== 1) watch.skip()
      else if (users.length === limits.watchedUsersMax) throw malformed('too many watched users')
      else users.push(readUserId(watch))
    return { kind: 'signal', signal: 'watch', users }
  },
  [fields.mark](reader) {
    const values = new Fields(reader, [4, 5], [1, 2, 3, 6])
    const blob = values.bytes(6)
    if (blob.length > limits.markBlobBytesMax) throw malformed('a mark that is too long')
    return {
      kind: 'mark',
      conversation: values.conversation(1),
      version: values.number(4),
      readSeq: values.number(5),
      blob,
    }
  },
}

const serverReaders: Readonly<Record<number, (reader: WireReader) => ServerFrame>> = {
  [fields.ready](reader) {
    const values = new Fields(reader, [5, 6, 7, 8, 9], [1, 2, 3, 4])
    return {
      kind: 'ready',
      connection: values.connection(1),
      user: values.user(2),
      device: values.device(3),
      epoch: values.text(4),
      pts: values.number(5),
      heartbeatMs: values.number(6),
      reconnectSpreadMs: values.number(7),
      serverTimeMs: values.number(8),
      version: values.number(9),
    }
  },
  [fields.event]: readEvent,
  [fields.ack](reader) {
    const values = new Fields(reader, [2, 3], [1])
    return {
      kind: 'ack',
      conversation: values.conversation(1),
      n: values.number(2),
      seq: values.number(3),
    }
  },
  [fields.nack](reader) {
    const values = new Fields(reader, [2, 4, 5, 6], [1, 3])
    const reason = values.text(3)
    return {
      kind: 'nack',
      conversation: values.conversation(1),
      n: values.number(2),
      reason: reason in rejectReasons ? (reason as RejectReason) : 'undecidable',
      accepted: values.number(4),
      epoch: values.number(5),
      standing: values.number(6),
    }
  },
  [fields['sync-page']](reader) {
    const events: Event[] = []
    const numbers = { request: 0, verdict: 0, head: 0 }
    let epoch = ''
    let isLast = false
    for (let field = reader.next(); field !== 0; field = reader.next())
      if (field === 1) numbers.request = reader.uint()
      else if (field === 2) numbers.verdict = reader.uint()
      else if (field === 3) epoch = reader.text()
      else if (field === 4) events.push(readEvent(reader.reader()))
      else if (field === 5) numbers.head = reader.uint()
      else if (field === 6) isLast = reader.bool()
      else reader.skip()
    const verdict = verdicts[numbers.verdict]
    if (verdict === undefined) throw malformed('an unknown verdict')
    const { request, head } = numbers
    return { kind: 'sync-page', request, verdict, epoch, events, head, isLast }
  },
  [fields.heartbeat]: readHeartbeat,
  [fields.signal](reader) {
    const kind = reader.next()
    if (kind === 1) {
      const values = new Fields(reader.reader(), [], [1, 2, 3, 4])
      return {
        kind: 'signal',
        signal: 'sealed',
        conversation: values.conversation(1),
        sender: values.user(2),
        device: values.device(3),
        payload: values.bytes(4),
      }
    }
    if (kind !== 3) throw malformed('a signal that servers do not send')
    const values = new Fields(reader.reader(), [2, 3], [1])
    return {
      kind: 'signal',
      signal: 'presence',
      user: values.user(1),
      isOnline: values.number(2) !== 0,
      lastSeenMs: values.number(3),
    }
  },
  [fields.mark](reader) {
    const values = new Fields(reader, [4, 5], [1, 2, 3, 6])
    return {
      kind: 'mark',
      conversation: values.conversation(1),
      user: values.user(2),
      device: values.device(3),
      version: values.number(4),
      readSeq: values.number(5),
      blob: values.bytes(6),
    }
  },
  [fields.error](reader) {
    const values = new Fields(reader, [3, 5], [1, 2, 4])
    const code = values.text(1)
    const n = values.number(5)
    return {
      kind: 'error',
      code: code in errorFacts ? (code as ErrorCode) : 'internal',
      message: values.text(2),
      retryMs: values.number(3),
      ...(n > 0 ? { n, conversation: values.conversation(4) } : {}),
    }
  },
  [fields['go-away']]: (reader) => ({
    kind: 'go-away',
    returnAfterMs: new Fields(reader, [1], []).number(1),
  }),
  [fields.notice](reader) {
    const notice = notices[new Fields(reader, [1], []).number(1)]
    if (notice === undefined) throw new ChatError('bad-request', 'an unknown notice')
    return { kind: 'notice', notice }
  },
}

function readHeartbeat(reader: WireReader): Extract<ClientFrame, { kind: 'heartbeat' }> {
  return { kind: 'heartbeat', pts: new Fields(reader, [1], []).number(1) }
}

function readEvent(reader: WireReader): Event {
  let pts = 0
  let message: Message | undefined
  for (let field = reader.next(); field !== 0; field = reader.next())
    if (field === 1) pts = reader.uint()
    else if (field === 2) message = readMessage(reader.reader())
    else reader.skip()
  if (message === undefined) throw malformed('an event without message')
  return { kind: 'event', pts, message }
}
