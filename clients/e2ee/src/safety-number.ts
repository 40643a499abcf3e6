import { sha512 } from '@noble/hashes/sha2.js'
import type { UserId } from '@parley/protocol'
import { lengthPrefixed } from './bytes.ts'

export interface SafetyNumberSide {
  readonly user: UserId
  readonly accountKey: Uint8Array
}

const iterations = 5_200
const digitsPerSide = 30

/**
 * 60 digits that are the same for both sides if, and only if, neither sees a false account key of
 * the other. Finding a key with a given number costs 2^99 times `iterations` hashes a side.
 */
export function safetyNumber({
  own,
  other,
}: {
  readonly own: SafetyNumberSide
  readonly other: SafetyNumberSide
}): string {
  return [fingerprint(own), fingerprint(other)].sort().join('')
}

/** For the screen: 12 groups of 5. */
export function groupsOfDigits(digits: string): readonly string[] {
  return digits.match(/.{5}/g) ?? []
}

function fingerprint({ user, accountKey }: SafetyNumberSide): string {
  const subject = lengthPrefixed('parley/safety-number/1', user, accountKey)
  let hash = sha512(subject)
  for (let i = 1; i < iterations; i++) {
    hash = sha512.create().update(hash).update(accountKey).digest()
  }
  const view = new DataView(hash.buffer, hash.byteOffset)
  let digits = ''
  // Five bytes give five digits with a bias of 2^-23.
  for (let at = 0; digits.length < digitsPerSide; at += 5) {
    const value = view.getUint8(at) * 2 ** 32 + view.getUint32(at + 1)
    digits += String(value % 100_000).padStart(5, '0')
  }
  return digits
}
