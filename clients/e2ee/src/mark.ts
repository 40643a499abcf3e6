import { type ConversationId, type DeviceId, WireReader, WireWriter } from '@parley/protocol'
import { lengthPrefixed } from './bytes.ts'

/** How far a device's user has received and read. Of a user's devices the highest counts. */
export interface Mark {
  /** Rises with every mark of the device in the conversation. */
  readonly version: number
  readonly deliveredSeq: number
  readonly readSeq: number
}

export interface SignedMark {
  readonly mark: Mark
  /** By the device key, so that another member cannot make it. */
  readonly signature: Uint8Array
}

export function encodeSignedMark({ mark, signature }: SignedMark): Uint8Array {
  const writer = new WireWriter(128)
  writer.uint(1, mark.version)
  writer.uint(2, mark.deliveredSeq)
  writer.uint(3, mark.readSeq)
  writer.bytes(4, signature)
  return writer.finish()
}

export function decodeSignedMark(bytes: Uint8Array): SignedMark | undefined {
  try {
    const reader = new WireReader(bytes)
    const numbers = [0, 0, 0, 0]
    let signature = new Uint8Array()
    for (let field = reader.next(); field !== 0; field = reader.next()) {
      if (field <= 3) numbers[field] = reader.uint()
      else if (field === 4) signature = reader.bytes().slice()
      else reader.skip()
    }
    const [, version = 0, deliveredSeq = 0, readSeq = 0] = numbers
    return { mark: { version, deliveredSeq, readSeq }, signature }
  } catch {
    return undefined
  }
}

/** What the signature is over. */
export function signedPart(
  { conversation, device }: { conversation: ConversationId; device: DeviceId },
  mark: Mark,
): Uint8Array<ArrayBuffer> {
  const numbers = [mark.version, mark.deliveredSeq, mark.readSeq].map(String)
  return lengthPrefixed('parley/mark/1', conversation, device, ...numbers)
}
