import { connectionIdOf, conversationIdOf, deviceIdOf, userIdOf } from './id-codec.ts'
import type { ConnectionId, ConversationId, DeviceId, UserId } from './ids.ts'
import { malformed } from './malformed.ts'
import { textOf, type WireReader } from './wire.ts'

const nothing: Uint8Array = new Uint8Array(0)

/**
 * The fields of a flat message by number, up to the highest that is known. A field that is missing
 * has its default value, of one that came twice the last counts; an id must be there.
 */
export class FieldValues {
  readonly #values: (number | Uint8Array | undefined)[] = []

  constructor(reader: WireReader, fieldMax: number) {
    for (let field = reader.next(); field !== 0; field = reader.next())
      if (field <= fieldMax) this.#values[field] = reader.value()
      else reader.skip()
  }

  has(field: number): boolean {
    return this.#values[field] !== undefined
  }

  number(field: number): number {
    const value = this.#values[field] ?? 0
    if (typeof value !== 'number') throw malformed('bytes in place of a number')
    return value
  }

  bytes(field: number): Uint8Array {
    const value = this.#values[field] ?? nothing
    if (typeof value === 'number') throw malformed('a number in place of bytes')
    return value
  }

  text(field: number, bytesMax = Number.POSITIVE_INFINITY): string {
    const bytes = this.bytes(field)
    if (bytes.length > bytesMax) throw malformed('text that is too long')
    return bytes.length === 0 ? '' : textOf(bytes)
  }

  user(field: number): UserId {
    return userIdOf(this.bytes(field))
  }

  device(field: number): DeviceId {
    return deviceIdOf(this.bytes(field))
  }

  conversation(field: number): ConversationId {
    return conversationIdOf(this.bytes(field))
  }

  connection(field: number): ConnectionId {
    return connectionIdOf(this.bytes(field))
  }
}
