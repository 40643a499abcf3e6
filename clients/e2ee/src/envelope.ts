import { WireReader, WireWriter } from '@parley/protocol'
import { E2eeError } from './e2ee-error.ts'

/** What one member says to the others. Numbers are those of the wire; 0 is never sent. */
export const envelopeKinds = {
  text: 1,
  edit: 2,
  delete: 3,
  reaction: 4,
  pin: 5,
  poll: 6,
  vote: 7,
  file: 8,
  'group-info': 9,
  timer: 10,
  'history-key': 11,
} as const

export type EnvelopeKind = keyof typeof envelopeKinds

/** What a caller says; version and franking key are added when it is sealed. */
export interface EnvelopeContent {
  /** `unknown` is of a newer program: kept, and shown as "update the app". */
  readonly kind: EnvelopeKind | 'unknown'
  /** 16 random bytes of the sender, the same in a retry. */
  readonly id: Uint8Array
  /** The `seq` of the message this one is about, 0 for none. */
  readonly ref: number
  /** By kind; of `text` and `edit` UTF-8. */
  readonly body: Uint8Array
  /** By the sender's clock, in ms since 1970: shown nowhere as the time of a message. */
  readonly sentAtMs: number
}

export interface Envelope extends EnvelopeContent {
  readonly version: number
  /** The number of `kind` on the wire. */
  readonly kindNumber: number
  /** 32 bytes; revealing it with the envelope lets the server check a report. */
  readonly frankingKey: Uint8Array
}

export const envelopeVersion = 1
const idBytes = 16
const frankingKeyBytes = 32

/** Protobuf, as in `proto/envelope.proto`. */
export function encodeEnvelope(content: EnvelopeContent, frankingKey: Uint8Array): Uint8Array {
  if (content.kind === 'unknown') throw new E2eeError('bad-input', 'an unknown kind is not sent')
  if (content.id.length !== idBytes) throw new E2eeError('bad-input', 'an envelope id has 16 bytes')
  const writer = new WireWriter()
  writer.uint(1, envelopeVersion)
  writer.uint(2, envelopeKinds[content.kind])
  writer.bytes(3, content.id)
  writer.uint(4, content.ref)
  writer.bytes(5, content.body)
  writer.uint(6, content.sentAtMs)
  writer.bytes(7, frankingKey)
  return writer.finish()
}

/** Fields of newer versions are passed over. Throws `malformed`. */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  try {
    return readEnvelope(new WireReader(bytes))
  } catch (cause) {
    if (cause instanceof E2eeError) throw cause
    throw new E2eeError('malformed', 'the envelope cannot be read', { cause })
  }
}

function readEnvelope(reader: WireReader): Envelope {
  let version = 0
  let kindNumber = 0
  let id = new Uint8Array()
  let ref = 0
  let body = new Uint8Array()
  let sentAtMs = 0
  let frankingKey = new Uint8Array()
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) version = reader.uint()
    else if (field === 2) kindNumber = reader.uint()
    else if (field === 3) id = reader.bytes().slice()
    else if (field === 4) ref = reader.uint()
    else if (field === 5) body = reader.bytes().slice()
    else if (field === 6) sentAtMs = reader.uint()
    else if (field === 7) frankingKey = reader.bytes().slice()
    else reader.skip()
  }
  if (version === 0 || kindNumber === 0 || id.length !== idBytes)
    throw new E2eeError('malformed', 'the envelope lacks version, kind or id')
  if (frankingKey.length !== frankingKeyBytes)
    throw new E2eeError('malformed', 'the envelope lacks its franking key')
  return { version, kind: kindOf(kindNumber), kindNumber, id, ref, body, sentAtMs, frankingKey }
}

function kindOf(number: number): EnvelopeKind | 'unknown' {
  for (const [kind, value] of Object.entries(envelopeKinds)) {
    if (value === number) return kind as EnvelopeKind
  }
  return 'unknown'
}
