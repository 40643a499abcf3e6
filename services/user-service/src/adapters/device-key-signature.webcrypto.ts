import { Buffer } from 'node:buffer'
import type { VerifyDeviceKey } from '../domain/device-key-signature.ts'

const algorithm = 'Ed25519'

/**
 * The statement that clients sign, `signDeviceKey` of `clients/e2ee`: each part behind its length in
 * four bytes. Clients check it again: this keeps garbage and mistakes out, and no more.
 */
export function deviceKeyStatement({
  user,
  device,
  deviceKey,
}: Pick<Parameters<VerifyDeviceKey>[0], 'user' | 'device' | 'deviceKey'>): Uint8Array<ArrayBuffer> {
  const parts = ['parley/device-key/1', user, device, deviceKey].flatMap((part) => {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    return [length, bytes]
  })
  return new Uint8Array(Buffer.concat(parts))
}

export const verifyDeviceKey: VerifyDeviceKey = async ({ accountKey, signature, ...statement }) => {
  try {
    const raw = new Uint8Array(accountKey)
    const key = await crypto.subtle.importKey('raw', raw, algorithm, false, ['verify'])
    const signed = deviceKeyStatement(statement)
    return await crypto.subtle.verify(algorithm, key, new Uint8Array(signature), signed)
  } catch {
    // The account key is no point of the curve.
    return false
  }
}
