import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { RandomSource } from '@parley/runtime'
import type { NewRefreshToken, RefreshToken, RefreshTokens } from '../domain/refresh-tokens.ts'
import { derivedBytes, type KeyRing } from './sealer.ts'

const familyBytes = 16
const secretBytes = 32

/** The text of a token is base64url of its family and its secret. */
export class HmacRefreshTokens implements RefreshTokens {
  readonly #ring: KeyRing
  readonly #random: RandomSource

  constructor(ring: KeyRing, random: RandomSource) {
    this.#ring = ring
    this.#random = random
  }

  mint(): NewRefreshToken {
    return written(this.#random.bytes(familyBytes), this.#random.bytes(secretBytes))
  }

  read(token: string): RefreshToken | undefined {
    const bytes = parsed(token)
    return bytes && described(bytes.subarray(0, familyBytes), bytes.subarray(familyBytes))
  }

  successors(token: string): readonly NewRefreshToken[] {
    const bytes = parsed(token)
    if (bytes === undefined) return []
    const family = bytes.subarray(0, familyBytes)
    return derivedBytes(this.#ring, 'refresh-token', bytes).map((secret) => written(family, secret))
  }
}

function parsed(token: string): Uint8Array | undefined {
  const bytes = Buffer.from(token, 'base64url')
  const isToken =
    bytes.length === familyBytes + secretBytes && bytes.toString('base64url') === token
  return isToken ? new Uint8Array(bytes) : undefined
}

function written(family: Uint8Array, secret: Uint8Array): NewRefreshToken {
  const token = Buffer.concat([family, secret]).toString('base64url')
  return { token, ...described(family, secret) }
}

function described(family: Uint8Array, secret: Uint8Array): RefreshToken {
  return {
    family: Buffer.from(family).toString('base64url'),
    hash: new Uint8Array(createHash('sha256').update(secret).digest()),
  }
}
