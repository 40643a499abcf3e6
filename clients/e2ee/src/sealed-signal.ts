import { ownBytes } from './bytes.ts'

/**
 * Sealed under the epoch's exported secret, without a step of the ratchet: `version, epoch, nonce,
 * ciphertext`. Any member of the epoch could have made it.
 */
const sealVersion = 1
const epochAt = 1
const nonceAt = epochAt + 8
const ciphertextAt = nonceAt + 12
const tagBytes = 16

export interface SignalPlace {
  readonly epoch: number
  readonly secret: Uint8Array
  /** Where it belongs, the device included: it opens nowhere else. */
  readonly aad: Uint8Array
}

export async function sealWithSecret(
  { epoch, secret, aad }: SignalPlace,
  payload: Uint8Array,
): Promise<Uint8Array> {
  const head = new Uint8Array(ciphertextAt)
  head[0] = sealVersion
  new DataView(head.buffer).setBigUint64(epochAt, BigInt(epoch))
  crypto.getRandomValues(head.subarray(nonceAt))
  const key = await importSecret(secret, 'encrypt')
  const parameters = parametersOf(head, aad)
  const ciphertext = await crypto.subtle.encrypt(parameters, key, ownBytes(payload))
  const out = new Uint8Array(ciphertextAt + ciphertext.byteLength)
  out.set(head)
  out.set(new Uint8Array(ciphertext), ciphertextAt)
  return out
}

/** Undefined when it is not a sealed signal. */
export function epochOfSealed(sealed: Uint8Array): number | undefined {
  if (sealed.length < ciphertextAt + tagBytes || sealed[0] !== sealVersion) return undefined
  return Number(new DataView(sealed.buffer, sealed.byteOffset).getBigUint64(epochAt))
}

/** Undefined when it was not sealed for this place. */
export async function openWithSecret(
  { secret, aad }: SignalPlace,
  sealed: Uint8Array,
): Promise<Uint8Array | undefined> {
  const bytes = ownBytes(sealed)
  const key = await importSecret(secret, 'decrypt')
  try {
    const parameters = parametersOf(bytes.subarray(0, ciphertextAt), aad)
    const ciphertext = bytes.subarray(ciphertextAt)
    return new Uint8Array(await crypto.subtle.decrypt(parameters, key, ciphertext))
  } catch {
    return undefined
  }
}

function parametersOf(head: Uint8Array<ArrayBuffer>, aad: Uint8Array): AesGcmParams {
  const additionalData = new Uint8Array([...head.subarray(0, nonceAt), ...aad])
  return { name: 'AES-GCM', iv: head.subarray(nonceAt), additionalData }
}

function importSecret(secret: Uint8Array, use: 'encrypt' | 'decrypt'): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', ownBytes(secret), 'AES-GCM', false, [use])
}
