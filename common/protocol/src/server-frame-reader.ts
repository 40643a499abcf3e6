import { readHeartbeat } from './client-frame-reader.ts'
import { type ErrorCode, errorFacts } from './errors.ts'
import { FieldValues } from './field-values.ts'
import { frameFields, notices, verdicts } from './frame-fields.ts'
import type {
  Ack,
  ErrorFrame,
  Event,
  Nack,
  Notice,
  Ready,
  ServerFrame,
  ServerMark,
  ServerSignal,
  SyncPage,
} from './frames.ts'
import { malformed } from './malformed.ts'
import { readEvent } from './message-codec.ts'
import { type RejectReason, rejectReasons } from './reject-reason.ts'
import type { WireReader } from './wire.ts'

/**
 * A frame of a server from its content; `field` says the kind. Undefined for one of a newer server
 * that may be passed over: a kind of frame, signal or notice that this program does not know.
 */
export function readServerFrame(field: number, content: WireReader): ServerFrame | undefined {
  switch (field) {
    case frameFields.ready:
      return readReady(content)
    case frameFields.event:
      return readEvent(content)
    case frameFields.ack:
      return readAck(content)
    case frameFields.nack:
      return readNack(content)
    case frameFields['sync-page']:
      return readSyncPage(content)
    case frameFields.heartbeat:
      return readHeartbeat(content)
    case frameFields.signal:
      return readSignal(content)
    case frameFields.mark:
      return readMark(content)
    case frameFields.error:
      return readError(content)
    case frameFields['go-away']:
      return { kind: 'go-away', returnAfterMs: new FieldValues(content, 1).number(1) }
    case frameFields.notice:
      return readNotice(content)
    default:
      return undefined
  }
}

function readReady(content: WireReader): Ready {
  const values = new FieldValues(content, 9)
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
}

function readAck(content: WireReader): Ack {
  const values = new FieldValues(content, 3)
  return {
    kind: 'ack',
    conversation: values.conversation(1),
    n: values.number(2),
    seq: values.number(3),
  }
}

function readNack(content: WireReader): Nack {
  const values = new FieldValues(content, 6)
  const reason = values.text(3)
  return {
    kind: 'nack',
    conversation: values.conversation(1),
    n: values.number(2),
    reason: isRejectReason(reason) ? reason : 'undecidable',
    accepted: values.number(4),
    epoch: values.number(5),
    standing: values.number(6),
  }
}

function readSyncPage(content: WireReader): SyncPage {
  const events: Event[] = []
  let request = 0
  let verdict: SyncPage['verdict'] | undefined
  let epoch = ''
  let head = 0
  let isLast = false
  for (let field = content.next(); field !== 0; field = content.next())
    if (field === 1) request = content.uint()
    else if (field === 2) verdict = verdicts[content.uint()]
    else if (field === 3) epoch = content.text()
    else if (field === 4) events.push(readEvent(content.reader()))
    else if (field === 5) head = content.uint()
    else if (field === 6) isLast = content.bool()
    else content.skip()
  if (verdict === undefined) throw malformed('an unknown verdict')
  return { kind: 'sync-page', request, verdict, epoch, events, head, isLast }
}

function readSignal(content: WireReader): ServerSignal | undefined {
  let signal: ServerSignal | undefined
  for (let field = content.next(); field !== 0; field = content.next())
    if (field === 1) signal = readSealedSignal(content.reader())
    else if (field === 3) signal = readPresence(content.reader())
    else content.skip()
  return signal
}

function readSealedSignal(content: WireReader): ServerSignal {
  const values = new FieldValues(content, 4)
  return {
    kind: 'signal',
    signal: 'sealed',
    conversation: values.conversation(1),
    sender: values.user(2),
    device: values.device(3),
    payload: values.bytes(4),
  }
}

function readPresence(content: WireReader): ServerSignal {
  const values = new FieldValues(content, 3)
  return {
    kind: 'signal',
    signal: 'presence',
    user: values.user(1),
    isOnline: values.number(2) !== 0,
    lastSeenMs: values.number(3),
  }
}

function readMark(content: WireReader): ServerMark {
  const values = new FieldValues(content, 6)
  return {
    kind: 'mark',
    conversation: values.conversation(1),
    user: values.user(2),
    device: values.device(3),
    version: values.number(4),
    readSeq: values.number(5),
    blob: values.bytes(6),
  }
}

function readError(content: WireReader): ErrorFrame {
  const values = new FieldValues(content, 5)
  const code = values.text(1)
  return {
    kind: 'error',
    code: isErrorCode(code) ? code : 'internal',
    message: values.text(2),
    retryMs: values.number(3),
    ...(values.has(4) ? { conversation: values.conversation(4) } : {}),
    ...(values.number(5) > 0 ? { n: values.number(5) } : {}),
  }
}

function readNotice(content: WireReader): Notice | undefined {
  const notice = notices[new FieldValues(content, 1).number(1)]
  return notice === undefined ? undefined : { kind: 'notice', notice }
}

const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(errorFacts, text)
const isRejectReason = (text: string): text is RejectReason => Object.hasOwn(rejectReasons, text)
