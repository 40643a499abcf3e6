import { ChatError } from './errors.ts'

/** The protobuf wire format, as far as our messages use it: varints and length-delimited fields. */
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })
const hexOf = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const digitOf = new Int8Array(128).fill(-1)
for (const [value, digit] of [...'0123456789abcdef'].entries()) digitOf[digit.charCodeAt(0)] = value

export const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

/** Collects fields in a growing buffer. Fields with the default value are left out (proto3). */
export class WireWriter {
  #buffer: Uint8Array
  #length = 0

  constructor(bytesExpected = 512) {
    this.#buffer = new Uint8Array(bytesExpected)
  }

  /** The bytes so far; the writer is not used again. */
  finish(): Uint8Array {
    return this.#buffer.subarray(0, this.#length)
  }

  uint(field: number, value: number): void {
    if (value === 0) return
    this.#varint(field * 8 + wireTypes.varint)
    this.#varint(value)
  }

  bool(field: number, value: boolean): void {
    if (value) this.uint(field, 1)
  }

  bytes(field: number, value: Uint8Array): void {
    if (value.length > 0) this.bytesAlways(field, value)
  }

  /** Also when there are none: an item of a repeated field, or a message that is there but empty. */
  bytesAlways(field: number, value: Uint8Array): void {
    this.head(field, value.length)
    this.#reserve(value.length)
    this.#buffer.set(value, this.#length)
    this.#length += value.length
  }

  /** The head of a length-delimited field whose content is written elsewhere. */
  head(field: number, length: number): void {
    this.#varint(field * 8 + wireTypes.bytes)
    this.#varint(length)
  }

  text(field: number, value: string): void {
    if (value !== '') this.bytesAlways(field, encoder.encode(value))
  }

  id(field: number, id: string): void {
    this.#reserve(18)
    this.#varint(field * 8 + wireTypes.bytes)
    this.#buffer[this.#length] = 16
    this.#length += 1
    for (let at = 0; at < 36; at += 2) {
      if (at === 8 || at === 13 || at === 18 || at === 23) at += 1
      this.#buffer[this.#length] =
        ((digitOf[id.charCodeAt(at)] ?? 0) << 4) | (digitOf[id.charCodeAt(at + 1)] ?? 0)
      this.#length += 1
    }
  }

  /** A nested message, present even when it is empty. */
  message(field: number, write: (writer: WireWriter) => void): void {
    const start = this.#length
    // One byte is enough for the length of most; the content is moved when it is not.
    this.#varint(field * 8 + wireTypes.bytes)
    const lengthAt = this.#length
    this.#reserve(1)
    this.#length += 1
    write(this)
    const length = this.#length - lengthAt - 1
    if (length < 128) {
      this.#buffer[lengthAt] = length
      return
    }
    const content = this.#buffer.slice(lengthAt + 1, this.#length)
    this.#length = start
    this.bytesAlways(field, content)
  }

  #varint(value: number): void {
    this.#reserve(10)
    let rest = value
    while (rest > 127) {
      this.#buffer[this.#length] = (rest % 128) | 128
      this.#length += 1
      rest = Math.floor(rest / 128)
    }
    this.#buffer[this.#length] = rest
    this.#length += 1
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return
    const larger = new Uint8Array(Math.max(this.#buffer.length * 2, this.#length + bytes))
    larger.set(this.#buffer.subarray(0, this.#length))
    this.#buffer = larger
  }
}

/** Reads fields one after another. Every fault is a `bad-request`; bytes are not copied. */
export class WireReader {
  readonly #bytes: Uint8Array
  #at = 0
  #wireType = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** The number of the next field, or 0 at the end. */
  next(): number {
    if (this.#at === this.#bytes.length) return 0
    const tag = this.#varint()
    const field = Math.floor(tag / 8)
    this.#wireType = tag % 8
    if (field === 0) throw malformed('field number 0')
    return field
  }

  uint(): number {
    this.#expect(wireTypes.varint)
    return this.#varint()
  }

  bool(): boolean {
    return this.uint() !== 0
  }

  bytes(): Uint8Array {
    this.#expect(wireTypes.bytes)
    const length = this.#varint()
    const start = this.#at
    if (length > this.#bytes.length - start) throw malformed('a field that is cut off')
    this.#at += length
    return this.#bytes.subarray(start, start + length)
  }

  text(): string {
    const bytes = this.bytes()
    try {
      return decoder.decode(bytes)
    } catch (cause) {
      throw new ChatError('bad-request', 'text that is not UTF-8', { cause })
    }
  }

  /** A UUID in text form; the caller checks which kind. */
  id(): string {
    return idText(this.bytes())
  }

  reader(): WireReader {
    return new WireReader(this.bytes())
  }

  /** Passes over a field that this program does not know. */
  skip(): void {
    switch (this.#wireType) {
      case wireTypes.varint:
        this.#varint()
        return
      case wireTypes.bytes:
        this.bytes()
        return
      case wireTypes.fixed64:
      case wireTypes.fixed32: {
        const width = this.#wireType === wireTypes.fixed64 ? 8 : 4
        if (this.#bytes.length - this.#at < width) throw malformed('a field that is cut off')
        this.#at += width
        return
      }
      default:
        throw malformed('an unknown wire type')
    }
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType) throw malformed('a field of another type')
  }

  #varint(): number {
    let value = 0
    let factor = 1
    for (let count = 0; count < 8; count += 1) {
      const byte = this.#bytes[this.#at]
      if (byte === undefined) throw malformed('a number that is cut off')
      this.#at += 1
      value += (byte & 127) * factor
      if (byte < 128) {
        if (value > Number.MAX_SAFE_INTEGER) break
        return value
      }
      factor *= 128
    }
    throw malformed('a number above 2^53-1')
  }
}

export function idText(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw malformed('an id without 16 bytes')
  let text = ''
  for (let at = 0; at < 16; at += 1) {
    if (at === 4 || at === 6 || at === 8 || at === 10) text += '-'
    text += hexOf[bytes[at] ?? 0]
  }
  return text
}

export function malformed(what: string): ChatError {
  return new ChatError('bad-request', `malformed frame: ${what}`)
}
