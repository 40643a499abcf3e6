import { ChatError, toBytes } from '@parley/protocol'

/** Bytes of a fixed length, from base64url. */
export function exactBytes(text: string, length: number): Uint8Array {
  const bytes = toBytes(text)
  if (bytes.length !== length) throw new ChatError('bad-request', `${length} bytes are needed`)
  return bytes
}
