/**
 * The protobuf wire format, as far as our messages use it: varints up to 2^53-1 and length-delimited
 * fields. Byte-equal with the generated code (`tests/oracle.test.ts`) at a tenth of its time.
 */
import { assert } from './assert.ts'
import { idText, writeIdBytes } from './id-codec.ts'
import { malformed } from './malformed.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const
/** Highest number that protobuf allows for a field. */
const fieldNumberMax = 2 ** 29 - 1

/**
 * Collects fields in a growing buffer. Fields with the default value are left out (proto3).
 *
 * What `finish` returns may share its `ArrayBuffer` with other encodings, as small Node Buffers do:
 * whoever gives the buffer itself away copies first.
 */
export class WireWriter {
  #buffer: Uint8Array
  #length = 0

  constructor(bytesExpected = 512) {
    this.#buffer = takeBytes(bytesExpected)
  }

  /** The bytes so far; the writer is not used again. */
  finish(): Uint8Array {
    giveBack(this.#buffer, this.#length)
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
    this.raw(value)
  }

  /** The head of a length-delimited field whose content is written elsewhere. */
  head(field: number, length: number): void {
    this.#varint(field * 8 + wireTypes.bytes)
    this.#varint(length)
  }

  /** Bytes as they are: the content that a `head` has announced. */
  raw(content: Uint8Array): void {
    this.#reserve(content.length)
    this.#buffer.set(content, this.#length)
    this.#length += content.length
  }

  text(field: number, value: string): void {
    if (value !== '') this.bytesAlways(field, encoder.encode(value))
  }

  id(field: number, id: string): void {
    this.head(field, 16)
    this.#reserve(16)
    writeIdBytes(id, this.#buffer, this.#length)
    this.#length += 16
  }

  /** A nested message, present even when it is empty. */
  message(field: number, write: (writer: WireWriter) => void): void {
    this.#varint(field * 8 + wireTypes.bytes)
    // One byte is enough for the length of most; the content is moved when it is not.
    this.#reserve(1)
    const lengthAt = this.#length
    this.#length += 1
    write(this)
    const length = this.#length - lengthAt - 1
    const lengthBytes = varintBytes(length)
    if (lengthBytes > 1) {
      this.#reserve(lengthBytes)
      this.#buffer.copyWithin(lengthAt + lengthBytes, lengthAt + 1, this.#length)
    }
    this.#length = lengthAt
    this.#varint(length)
    this.#length += length
  }

  #varint(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, 'numbers are whole, from 0 to 2^53-1')
    this.#reserve(8)
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
    const larger = takeBytes(Math.max(this.#buffer.length * 2, this.#length + bytes))
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
    if (field === 0 || field > fieldNumberMax) throw malformed('an impossible field number')
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
    this.#pass(length)
    return this.#bytes.subarray(start, this.#at)
  }

  text(): string {
    return textOf(this.bytes())
  }

  /** A UUID in text form; the caller knows which kind of id it is. */
  id(): string {
    return idText(this.bytes())
  }

  reader(): WireReader {
    return new WireReader(this.bytes())
  }

  /** Of a field that is a number or bytes. */
  value(): number | Uint8Array {
    return this.#wireType === wireTypes.varint ? this.#varint() : this.bytes()
  }

  /** Passes over a field that this program does not know. */
  skip(): void {
    if (this.#wireType === wireTypes.varint) this.#skipVarint()
    else if (this.#wireType === wireTypes.bytes) this.bytes()
    else if (this.#wireType === wireTypes.fixed64) this.#pass(8)
    else if (this.#wireType === wireTypes.fixed32) this.#pass(4)
    else throw malformed('an unknown wire type')
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType) throw malformed('a field of another type')
  }

  #pass(bytes: number): void {
    if (bytes > this.#bytes.length - this.#at) throw malformed('a field that is cut off')
    this.#at += bytes
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
        if (byte === 0 && count > 0) throw malformed('a number with more bytes than it needs')
        if (value > Number.MAX_SAFE_INTEGER) break
        return value
      }
      factor *= 128
    }
    throw malformed('a number above 2^53-1')
  }

  /** Numbers that nobody here reads may have all the 64 bits of protobuf. */
  #skipVarint(): void {
    for (let count = 0; count < 10; count += 1) {
      const byte = this.#bytes[this.#at]
      this.#pass(1)
      if (byte !== undefined && byte < 128) return
    }
    throw malformed('a number without an end')
  }
}

export function textOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw malformed('text that is not UTF-8')
  }
}

/** How many bytes `value` takes. */
export function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) bytes += 1
  return bytes
}

// An `ArrayBuffer` of its own costs more than all the rest of encoding a message, so small encodings
// are cut from a common one. It is never written twice.
const slabBytes = 16 * 1024
let slab = new Uint8Array(0)
let slabUsed = 0

function takeBytes(count: number): Uint8Array {
  if (count > slabBytes / 8) return new Uint8Array(count)
  if (slabUsed + count > slab.length) {
    slab = new Uint8Array(slabBytes)
    slabUsed = 0
  }
  slabUsed += count
  return slab.subarray(slabUsed - count, slabUsed)
}

/** Returns what was taken last and is not needed. */
function giveBack(taken: Uint8Array, needed: number): void {
  const isLast = taken.buffer === slab.buffer && taken.byteOffset + taken.length === slabUsed
  if (isLast) slabUsed = taken.byteOffset + needed
}
