import type { ConversationId, DeviceId } from '@parley/protocol'
import type { Identity } from './credential.ts'
import type { Envelope } from './envelope.ts'

/** A stored entry that is new (`value`) or gone (`null`). Keys are at most 200 bytes. */
export type Change = readonly [key: Uint8Array, value: Uint8Array | null]
export type Entry = readonly [key: Uint8Array, value: Uint8Array]

/** Whom a leaf claims to be, and its signature key. Check the key with `verifyDeviceKey`. */
export interface LeafIdentity extends Identity {
  /** Ed25519, 32 bytes. */
  readonly deviceKey: Uint8Array
}

export interface GroupMember extends LeafIdentity {
  readonly leaf: number
}

export interface KeyPackageFacts extends LeafIdentity {
  readonly isLastResort: boolean
  /** From then on nobody may use it. */
  readonly notAfterMs: number
}

export interface Group {
  readonly epoch: number
  /** False once this device was removed. */
  readonly isActive: boolean
  readonly hasPendingCommit: boolean
  /** 32 bytes that are the same for all who are in the same state (RFC 9420, section 8.7). */
  readonly epochAuthenticator: Uint8Array
}

/** All that one `create` or `commit` command carries. Store it before it is sent. */
export interface CommitBundle {
  /** The epoch that it was made for; when accepted, the group is in `epoch + 1`. */
  readonly epoch: number
  /** The MLS message, body of a `commit` command. */
  readonly commit: Uint8Array
  /** For all added devices together; null when none was added. */
  readonly welcome: Uint8Array | null
  /** The ratchet tree after the commit, which joiners need. */
  readonly tree: Uint8Array
  readonly groupInfo: Uint8Array | null
  readonly added: readonly DeviceId[]
  readonly removed: readonly DeviceId[]
}

export interface SealedMessage {
  readonly epoch: number
  /** How often this device has sealed in this epoch, from 1. */
  readonly generation: number
  readonly ciphertext: Uint8Array
  /** Franking: HMAC-SHA256 of the envelope under the key inside it. 32 bytes. */
  readonly commitment: Uint8Array
}

/** What `process` has found. */
export type Processed =
  | {
      readonly kind: 'application'
      readonly sender: Identity
      readonly epoch: number
      readonly envelope: Envelope
      /** The sender's group is in another state than ours: stop sending, and show it. */
      readonly isFork: boolean
      /** Must equal the one of the `send` command, or the message cannot be reported. */
      readonly commitment: Uint8Array
    }
  /** Authentic, but its content breaks our rules: to be shown as unreadable. Its key is used up. */
  | { readonly kind: 'damaged'; readonly sender: Identity; readonly epoch: number }
  /** Staged: look at it, then `applyStaged` or `dropStaged`. */
  | {
      readonly kind: 'commit'
      /** The epoch it was made for. */
      readonly epoch: number
      readonly committer: LeafIdentity
      /** The committer joins by this very commit (RFC 9420, section 12.4.3.2). */
      readonly isExternal: boolean
      readonly added: readonly LeafIdentity[]
      readonly removed: readonly GroupMember[]
      /** This device is among the removed. */
      readonly isSelfRemoved: boolean
    }
  /** The commit that this device has pending was accepted: `mergePending`. */
  | { readonly kind: 'own-pending-commit'; readonly epoch: number }
  /** Of this device itself, which keeps what it has sent elsewhere. */
  | { readonly kind: 'own-message'; readonly epoch: number }
  /** A commit is missing: keep it until that one was processed. */
  | { readonly kind: 'future-epoch'; readonly epoch: number }
  /** A commit that was processed or refused already, or a message whose keys are gone. */
  | { readonly kind: 'past-epoch'; readonly epoch: number }

/** What a Welcome would join; nothing has changed yet. */
export interface OpenedWelcome {
  /** For `acceptWelcome` and `dropWelcome`, until the device is disposed. */
  readonly handle: number
  readonly conversation: ConversationId
  readonly epoch: number
  /** Who has made the commit. */
  readonly sender: LeafIdentity
  /** Everybody in the group, this device included. Check each device key. */
  readonly members: readonly LeafIdentity[]
}
