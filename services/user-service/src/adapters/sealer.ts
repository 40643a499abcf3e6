import { Buffer } from 'node:buffer'
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import { assert, ChatError } from '@parley/protocol'
import type { RandomSource } from '@parley/runtime'

/** The newest key first: it seals. The others open what they sealed once. */
export type KeyRing = readonly { readonly id: string; readonly key: Uint8Array }[]

const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/**
 * Seals small secrets at rest with AES-256-GCM. The key of each purpose is derived from the ring
 * (HKDF-SHA-256); `context`, such as the id of the row, has to be the same when opening.
 */
export class Sealer {
  readonly #keys: ReadonlyMap<string, Uint8Array>
  readonly #random: RandomSource
  readonly #purpose: string
  readonly #newest: string

  constructor(ring: KeyRing, purpose: string, random: RandomSource) {
    const [newest] = ring
    assert(newest !== undefined, 'the key ring has a key')
    for (const { key } of ring) assert(key.length >= 32, 'keys have 32 bytes at least')
    this.#newest = newest.id
    this.#purpose = purpose
    this.#random = random
    this.#keys = new Map(ring.map(({ id, key }) => [id, derivedKey(key, purpose)]))
  }

  /** The key that seals now. */
  get keyId(): string {
    return this.#newest
  }

  seal(plain: Uint8Array, context: string): Uint8Array {
    const nonce = this.#random.bytes(nonceBytes)
    const cipher = createCipheriv(algorithm, this.#key(this.#newest), nonce)
    cipher.setAAD(this.#bound(context))
    const sealed = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    return new Uint8Array(sealed)
  }

  open(sealed: Uint8Array, context: string, keyId: string): Uint8Array {
    const decipher = createDecipheriv(algorithm, this.#key(keyId), sealed.subarray(0, nonceBytes))
    decipher.setAAD(this.#bound(context))
    decipher.setAuthTag(sealed.subarray(-tagBytes))
    const plain = decipher.update(sealed.subarray(nonceBytes, -tagBytes))
    return new Uint8Array(Buffer.concat([plain, decipher.final()]))
  }

  #key(id: string): Uint8Array {
    const key = this.#keys.get(id)
    if (key === undefined) throw new ChatError('unavailable', `the key ring has no key ${id}`)
    return key
  }

  #bound(context: string): Uint8Array {
    return Buffer.from(`${this.#purpose}:${context}`)
  }
}

/** A keyed hash for values that are derived instead of stored. */
export function derivedBytes(
  ring: KeyRing,
  purpose: string,
  input: Uint8Array,
): readonly Uint8Array[] {
  return ring.map(
    ({ key }) =>
      new Uint8Array(createHmac('sha256', derivedKey(key, purpose)).update(input).digest()),
  )
}

function derivedKey(key: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, new Uint8Array(0), `parley/user/${purpose}`, 32))
}
