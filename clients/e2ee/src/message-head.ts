import { E2eeError } from './e2ee-error.ts'

/** What an MLS message says in clear about itself (RFC 9420, section 6). */
export interface MessageHead {
  /** A commit or proposal, as against something sealed. */
  readonly isHandshake: boolean
  readonly groupId: Uint8Array
  readonly epoch: number
}

const mls10 = 1
const wireFormats = { publicMessage: 1, privateMessage: 2 } as const

export function readMessageHead(message: Uint8Array): MessageHead {
  const view = new DataView(message.buffer, message.byteOffset, message.length)
  try {
    if (view.getUint16(0) !== mls10) throw new RangeError('another version of MLS')
    const format = view.getUint16(2)
    if (format !== wireFormats.publicMessage && format !== wireFormats.privateMessage)
      throw new RangeError('not a message of a group')
    // A group id of ours has 36 bytes, so its length is one byte (RFC 9420, section 2.1.2).
    const idLength = view.getUint8(4)
    if (idLength > 63) throw new RangeError('not a group id of ours')
    const epoch = view.getBigUint64(5 + idLength)
    return {
      isHandshake: format === wireFormats.publicMessage,
      groupId: message.subarray(5, 5 + idLength),
      // What is above is never reached, and waits like any future epoch.
      epoch: Number(epoch > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : epoch),
    }
  } catch (cause) {
    throw new E2eeError('malformed', 'not an MLS message of a group', { cause })
  }
}
