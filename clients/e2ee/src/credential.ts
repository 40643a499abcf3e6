import {
  type DeviceId,
  isDeviceId,
  isUserId,
  type UserId,
  WireReader,
  WireWriter,
} from '@parley/protocol'
import { equalBytes } from './bytes.ts'

export interface Identity {
  readonly user: UserId
  readonly device: DeviceId
}

const credentialVersion = 1

/** The content of the basic credential in a leaf (RFC 9420, section 5.3). */
export function encodeCredential({ user, device }: Identity): Uint8Array {
  const writer = new WireWriter(64)
  writer.uint(1, credentialVersion)
  writer.id(2, user)
  writer.id(3, device)
  return writer.finish()
}

/** Undefined unless it is exactly what `encodeCredential` makes. */
export function decodeCredential(bytes: Uint8Array): Identity | undefined {
  try {
    const reader = new WireReader(bytes)
    let user = ''
    let device = ''
    for (let field = reader.next(); field !== 0; field = reader.next()) {
      if (field === 2) user = reader.id()
      else if (field === 3) device = reader.id()
      else reader.skip()
    }
    if (!isUserId(user) || !isDeviceId(device)) return undefined
    return equalBytes(encodeCredential({ user, device }), bytes) ? { user, device } : undefined
  } catch {
    return undefined
  }
}
