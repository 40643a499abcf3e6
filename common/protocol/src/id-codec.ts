/** Ids as the 16 bytes of their UUID. */
import { assert } from './assert.ts'
import type { ConnectionId, ConversationId, DeviceId, UserId } from './ids.ts'
import { malformed } from './malformed.ts'

// The bytes are checked for the form of an id; which kind of id it is, its field alone says.
export const userIdOf = (bytes: Uint8Array) => idText(bytes) as UserId
export const deviceIdOf = (bytes: Uint8Array) => idText(bytes) as DeviceId
export const conversationIdOf = (bytes: Uint8Array) => idText(bytes) as ConversationId
export const connectionIdOf = (bytes: Uint8Array) => idText(bytes) as ConnectionId

const digits = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))
const values = new Int8Array(128).fill(-1)
for (const [value, digit] of digits.entries()) values[digit] = value
const dash = 45

/** Written out, which takes a third of the time of a loop: there are three ids in each message. */
export function idText(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw malformed('an id without 16 bytes')
  const version = (bytes[6] ?? 0) >> 4
  if ((version !== 7 && version !== 8) || (bytes[8] ?? 0) >> 6 !== 0b10)
    throw malformed('an id of an unknown version')
  const h = (at: number) => digits[(bytes[at] ?? 0) >> 4] ?? 0
  const l = (at: number) => digits[(bytes[at] ?? 0) & 15] ?? 0
  // biome-ignore format: a line for each group
  return String.fromCharCode(
    h(0), l(0), h(1), l(1), h(2), l(2), h(3), l(3), dash,
    h(4), l(4), h(5), l(5), dash,
    h(6), l(6), h(7), l(7), dash,
    h(8), l(8), h(9), l(9), dash,
    h(10), l(10), h(11), l(11), h(12), l(12), h(13), l(13), h(14), l(14), h(15), l(15),
  )
}

/** Writes the 16 bytes of `id` into `target` from `at` on. */
export function writeIdBytes(id: string, target: Uint8Array, at: number): void {
  assert(id.length === 36, 'an id has 36 characters')
  let fault = 0
  for (let from = 0, to = at; from < 36; from += 2, to += 1) {
    if (from === 8 || from === 13 || from === 18 || from === 23) from += 1
    const high = values[id.charCodeAt(from)] ?? -1
    const low = values[id.charCodeAt(from + 1)] ?? -1
    fault |= high | low
    target[to] = (high << 4) | low
  }
  assert(fault >= 0, 'an id has hexadecimal digits in lower case')
}
