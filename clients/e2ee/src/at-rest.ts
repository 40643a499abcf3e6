import { ownBytes } from './bytes.ts'
import { E2eeError } from './e2ee-error.ts'

const nonceBytes = 12
const cipher = 'AES-GCM'

/**
 * Wraps what a browser's database keeps. The key cannot be read by programs; IndexedDB stores it as
 * the object it is. It keeps a copied profile file from being readable without the browser's own
 * key store, where the platform has one; it is no protection against code running in the page.
 */
export function createWrapKey(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: cipher, length: 256 }, false, ['encrypt', 'decrypt'])
}

/** `aad` is where the value belongs, such as table and key: it opens nowhere else. */
export async function sealEntry(
  key: CryptoKey,
  value: Uint8Array,
  aad: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const iv = crypto.getRandomValues(new Uint8Array(nonceBytes))
  const parameters = { name: cipher, iv, additionalData: ownBytes(aad) }
  const sealed = await crypto.subtle.encrypt(parameters, key, ownBytes(value))
  const out = new Uint8Array(nonceBytes + sealed.byteLength)
  out.set(iv)
  out.set(new Uint8Array(sealed), nonceBytes)
  return out
}

/** Throws `storage` when it is not what was sealed there. */
export async function openEntry(
  key: CryptoKey,
  sealed: Uint8Array,
  aad: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = ownBytes(sealed)
  const parameters = {
    name: cipher,
    iv: bytes.subarray(0, nonceBytes),
    additionalData: ownBytes(aad),
  }
  try {
    return new Uint8Array(await crypto.subtle.decrypt(parameters, key, bytes.subarray(nonceBytes)))
  } catch (cause) {
    throw new E2eeError('storage', 'a stored value is damaged', { cause })
  }
}
