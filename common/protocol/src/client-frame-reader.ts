import type { CommandEnvelope } from './command.ts'
import { readEnvelope } from './command-codec.ts'
import { FieldValues } from './field-values.ts'
import { frameFields } from './frame-fields.ts'
import type {
  ClientFrame,
  ClientMark,
  ClientSignal,
  Heartbeat,
  Hello,
  Send,
  Sync,
} from './frames.ts'
import { userIdOf } from './id-codec.ts'
import type { UserId } from './ids.ts'
import { limits } from './limits.ts'
import { malformed } from './malformed.ts'
import type { WireReader } from './wire.ts'

/** A frame of a client from its content; `field` says the kind. Undefined when clients send none. */
export function readClientFrame(field: number, content: WireReader): ClientFrame | undefined {
  switch (field) {
    case frameFields.hello:
      return readHello(content)
    case frameFields.send:
      return readSend(content)
    case frameFields.sync:
      return readSync(content)
    case frameFields.heartbeat:
      return readHeartbeat(content)
    case frameFields.signal:
      return readSignal(content)
    case frameFields.mark:
      return readMark(content)
    default:
      return undefined
  }
}

function readHello(content: WireReader): Hello {
  const values = new FieldValues(content, 3)
  return {
    kind: 'hello',
    version: values.number(1),
    token: values.text(2, limits.helloBytesMax),
    client: values.text(3, limits.clientNameBytesMax),
  }
}

function readSend(content: WireReader): Send {
  let envelope: CommandEnvelope | undefined
  for (let field = content.next(); field !== 0; field = content.next())
    if (field === 1) envelope = readEnvelope(content.reader())
    else content.skip()
  if (envelope === undefined) throw malformed('a send without a command')
  return { kind: 'send', envelope }
}

function readSync(content: WireReader): Sync {
  const values = new FieldValues(content, 3)
  return {
    kind: 'sync',
    request: values.number(1),
    epoch: values.text(2, limits.epochBytesMax),
    since: values.number(3),
  }
}

export function readHeartbeat(content: WireReader): Heartbeat {
  let pts = 0
  for (let field = content.next(); field !== 0; field = content.next())
    if (field === 1) pts = content.uint()
    else content.skip()
  return { kind: 'heartbeat', pts }
}

function readSignal(content: WireReader): ClientSignal {
  let signal: ClientSignal | undefined
  for (let field = content.next(); field !== 0; field = content.next())
    if (field === 1) signal = readSealedSignal(content.reader())
    else if (field === 2) signal = readWatch(content.reader())
    else content.skip()
  if (signal === undefined) throw malformed('a signal that clients do not send')
  return signal
}

function readSealedSignal(content: WireReader): ClientSignal {
  const values = new FieldValues(content, 4)
  const payload = values.bytes(4)
  if (payload.length > limits.signalBytesMax) throw malformed('a signal that is too long')
  return { kind: 'signal', signal: 'sealed', conversation: values.conversation(1), payload }
}

function readWatch(content: WireReader): ClientSignal {
  const users: UserId[] = []
  for (let field = content.next(); field !== 0; field = content.next())
    if (field !== 1) content.skip()
    else if (users.length === limits.watchedUsersMax) throw malformed('too many watched users')
    else users.push(userIdOf(content.bytes()))
  return { kind: 'signal', signal: 'watch', users }
}

function readMark(content: WireReader): ClientMark {
  const values = new FieldValues(content, 6)
  const blob = values.bytes(6)
  if (blob.length > limits.markBlobBytesMax) throw malformed('a mark that is too long')
  return {
    kind: 'mark',
    conversation: values.conversation(1),
    version: values.number(4),
    readSeq: values.number(5),
    blob,
  }
}
