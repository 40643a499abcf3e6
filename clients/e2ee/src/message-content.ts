import { sha256 } from '@noble/hashes/sha2.js'
import { equalBytes, lengthPrefixed } from './bytes.ts'
import { E2eeError } from './e2ee-error.ts'

/** The plaintext of an MLS message: `version, epoch mark, length, envelope, zeros`. */
export interface MessageContent {
  readonly epochMark: Uint8Array
  readonly envelope: Uint8Array
}

const contentVersion = 1
const epochMarkBytes = 8
const headBytes = 1 + epochMarkBytes + 4
const paddedBytesMin = 256
const paddedBytesMax = 32 * 1024

/** Eight bytes that differ when two members are in different states of one epoch: a fork. */
export function epochMarkOf(epochAuthenticator: Uint8Array): Uint8Array {
  const subject = lengthPrefixed('parley/epoch/1', epochAuthenticator)
  return sha256(subject).slice(0, epochMarkBytes)
}

/** Padded to 256 * 2^k bytes, so that a length tells one of eight sizes. */
export function encodeContent({ epochMark, envelope }: MessageContent): Uint8Array {
  const out = new Uint8Array(paddedLength(headBytes + envelope.length))
  out[0] = contentVersion
  out.set(epochMark, 1)
  new DataView(out.buffer).setUint32(1 + epochMarkBytes, envelope.length)
  out.set(envelope, headBytes)
  return out
}

/** Undefined when it is nothing that `encodeContent` makes. */
export function decodeContent(bytes: Uint8Array): MessageContent | undefined {
  if (bytes.length < paddedBytesMin || bytes[0] !== contentVersion) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const length = view.getUint32(1 + epochMarkBytes)
  if (length > bytes.length - headBytes) return undefined
  const content = {
    epochMark: bytes.slice(1, 1 + epochMarkBytes),
    envelope: bytes.slice(headBytes, headBytes + length),
  }
  // One plaintext for one envelope: nothing hides in the padding.
  return equalBytes(encodeContent(content), bytes) ? content : undefined
}

function paddedLength(length: number): number {
  if (length > paddedBytesMax) throw new E2eeError('too-large', 'the envelope is too large')
  let padded = paddedBytesMin
  while (padded < length) padded *= 2
  return padded
}
