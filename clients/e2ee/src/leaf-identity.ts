import type { DeviceId } from '@parley/protocol'
import { decodeCredential } from './credential.ts'
import { E2eeError, type E2eeErrorCode } from './e2ee-error.ts'
import type { GroupMember, LeafIdentity } from './mls-values.ts'

interface LeafView {
  readonly identity: Uint8Array
  readonly signatureKey: Uint8Array
}

/** Throws `fault` when the credential is not one of ours. */
export function leafIdentity(leaf: LeafView, fault: E2eeErrorCode): LeafIdentity {
  const identity = decodeCredential(leaf.identity)
  if (identity === undefined) throw new E2eeError(fault, 'a leaf with a foreign credential')
  return { ...identity, deviceKey: leaf.signatureKey }
}

/** Throws `fault` when two leaves claim to be one device: one of them is a ghost. */
export function membersOf(
  leaves: readonly (LeafView & { readonly leaf: number })[],
  fault: E2eeErrorCode,
): readonly GroupMember[] {
  const members = leaves.map((leaf) => ({ leaf: leaf.leaf, ...leafIdentity(leaf, fault) }))
  assertDistinct(members, fault)
  return members
}

export function assertDistinct(leaves: readonly LeafIdentity[], fault: E2eeErrorCode): void {
  const devices = new Set<DeviceId>(leaves.map(({ device }) => device))
  if (devices.size !== leaves.length) throw new E2eeError(fault, 'two leaves of one device')
}
