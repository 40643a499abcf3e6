import { assert, type DeviceId, fromBase64Url, type UserId } from '@parley/protocol'
import { lengthPrefixed, ownBytes } from './bytes.ts'
import { E2eeError } from './e2ee-error.ts'

/** Of an account: it vouches for the keys of the account's devices. Ed25519. */
export interface AccountKey {
  /** 32 bytes. */
  readonly publicKey: Uint8Array
  /** 32 bytes; the secret. Kept only by the account's devices and its recovery backup. */
  readonly seed: Uint8Array
}

/** What an account vouches for: this user has a device with this id and this MLS signature key. */
export interface DeviceKeyClaim {
  readonly user: UserId
  readonly device: DeviceId
  readonly deviceKey: Uint8Array
}

const keyBytes = 32
const signatureBytes = 64
const algorithm = 'Ed25519'
/** The DER head of a PKCS #8 Ed25519 key (RFC 8410, section 7); the seed follows. */
const pkcs8Head = Uint8Array.of(
  ...[0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06],
  ...[0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20],
)

export async function createAccountKey(): Promise<AccountKey> {
  return accountKeyFromSeed(crypto.getRandomValues(new Uint8Array(keyBytes)))
}

/** The key that a stored or handed over seed stands for. */
export async function accountKeyFromSeed(seed: Uint8Array): Promise<AccountKey> {
  if (seed.length !== keyBytes) throw new E2eeError('bad-input', 'a seed has 32 bytes')
  const { x } = await crypto.subtle.exportKey('jwk', await importSeed(seed, true))
  assert(x !== undefined, 'a private Ed25519 key names its public key')
  return { publicKey: fromBase64Url(x), seed: ownBytes(seed) }
}

/** 64 bytes. Ed25519 is deterministic: the same claim gives the same signature. */
export async function signDeviceKey(
  account: Pick<AccountKey, 'seed'>,
  claim: DeviceKeyClaim,
): Promise<Uint8Array> {
  const key = await importSeed(account.seed, false)
  return new Uint8Array(await crypto.subtle.sign(algorithm, key, encodeClaim(claim)))
}

/** Whether the account vouches for this device key. Never throws for what peers have sent. */
export async function verifyDeviceKey(
  accountPublicKey: Uint8Array,
  claim: DeviceKeyClaim,
  signature: Uint8Array,
): Promise<boolean> {
  return verifyEd25519(accountPublicKey, encodeClaim(claim), signature)
}

export async function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (publicKey.length !== keyBytes || signature.length !== signatureBytes) return false
  try {
    const key = await crypto.subtle.importKey('raw', ownBytes(publicKey), algorithm, false, [
      'verify',
    ])
    return await crypto.subtle.verify(algorithm, key, ownBytes(signature), ownBytes(message))
  } catch {
    // Some platforms refuse a key that is no point of the curve at import.
    return false
  }
}

function encodeClaim({ user, device, deviceKey }: DeviceKeyClaim): Uint8Array<ArrayBuffer> {
  return lengthPrefixed('parley/device-key/1', user, device, deviceKey)
}

function importSeed(seed: Uint8Array, isExtractable: boolean): Promise<CryptoKey> {
  const pkcs8 = new Uint8Array([...pkcs8Head, ...seed])
  return crypto.subtle.importKey('pkcs8', pkcs8, algorithm, isExtractable, ['sign'])
}
