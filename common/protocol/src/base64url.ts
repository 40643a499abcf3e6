import { ChatError } from './errors.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const values = new Map([...alphabet].map((character, value) => [character.charCodeAt(0), value]))

/** RFC 4648, section 5, without padding. Runs where there is no Buffer. */
export function toBase64Url(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3)
    const bits = (a << 16) | (b << 8) | c
    const digits = Math.min(4, bytes.length - at + 1)
    for (let digit = 0; digit < digits; digit += 1)
      text += alphabet[(bits >> (18 - 6 * digit)) & 63] ?? ''
  }
  return text
}

export function fromBase64Url(text: string): Uint8Array {
  if (text.length % 4 === 1) throw new ChatError('bad-request', 'base64url of a wrong length')
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let bits = 0
  let held = 0
  let at = 0
  for (let index = 0; index < text.length; index += 1) {
    const value = values.get(text.charCodeAt(index))
    if (value === undefined) throw new ChatError('bad-request', 'not base64url')
    bits = ((bits << 6) | value) & 0xffffff
    held += 6
    if (held >= 8) {
      held -= 8
      bytes[at] = (bits >> held) & 0xff
      at += 1
    }
  }
  return bytes
}
