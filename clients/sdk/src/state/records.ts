import type {
  ConversationId,
  ConversationKind,
  DeviceId,
  DeviceOfUser,
  Role,
  UserId,
} from '@parley/protocol'
import type { SendFault, Standing, SystemContent, UnreadableReason } from '../views.ts'

/** What the rows of the local store say, as JSON. Bytes are base64url. */
export interface AccountRecord {
  readonly user: UserId
  readonly device: DeviceId
  readonly name: string
  readonly displayName: string
  readonly about: string
  /** Null where the browser keeps it in a cookie. */
  readonly refreshToken: string | null
  /** The session has ended by itself; signing in again on this device goes on with its data. */
  readonly isExpired: boolean
  /** It makes the account's key, instead of being handed it. */
  readonly isFirstDevice: boolean
  /**
   * How far the device has come: it makes its keys (`keys`), waits for another device of the
   * account (`pending`), publishes key packages (`packages`), is `ready`.
   */
  readonly setup: 'keys' | 'pending' | 'packages' | 'ready'
  /** Public key of the account, and its seed once this device has it. */
  readonly accountKey: string | null
  readonly accountSeed: string | null
  readonly deviceKey: string | null
  readonly signature: string | null
}

/** Place in the user log up to which everything is in the store. */
export interface CursorRecord {
  readonly epoch: string
  readonly pts: number
}

export interface MemberRecord {
  readonly user: UserId
  readonly role: Role
  readonly fromSeq: number
  /** Last change of membership or role. */
  readonly changedSeq: number
}

export interface ConversationRecord {
  readonly id: ConversationId
  readonly kind: ConversationKind
  readonly isEncrypted: boolean
  readonly suite: number
  readonly standing: Standing
  readonly role: Role
  /** The user's own interval, both ends included. */
  readonly fromSeq: number
  readonly toSeq: number | null
  /** Last change of the user's own membership or role. */
  readonly changedSeq: number
  /** Everything up to here went through: decrypted, applied, stored. */
  readonly appliedSeq: number
  /** Newest `seq` that is known of. */
  readonly headSeq: number
  /** The store has all visible messages from here to `appliedSeq`. */
  readonly storedFromSeq: number
  /** This device can read from here on; null when it is not in the encryption group. */
  readonly joinSeq: number | null
  readonly counted: number
  readonly readSeq: number
  readonly readCounted: number
  readonly lastActivityMs: number
  /** What follows is as of this `seq`. */
  readonly logSeq: number
  readonly members: readonly MemberRecord[]
  readonly devices: readonly DeviceOfUser[]
  readonly pendingRemovals: readonly DeviceId[]
  /** Leaves of the group whose keys their users do not vouch for: nothing is sealed for them. */
  readonly untrusted: readonly DeviceId[]
  /** This device's last accepted command. */
  readonly accepted: number
  readonly title: string | null
  readonly last: MessageRecord | null
  readonly wishes: readonly Wish[]
  /** The encryption groups of the members differ: reading goes on where it can, sending stops. */
  readonly isForked: boolean
}

/** What this device wants of the membership; kept until it is so, whoever brings it about. */
export type Wish =
  | { readonly kind: 'add-users'; readonly users: readonly UserId[] }
  | { readonly kind: 'remove-users'; readonly users: readonly UserId[] }
  | { readonly kind: 'add-devices'; readonly devices: readonly DeviceOfUser[] }

export type StoredContent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'unreadable'; readonly reason: UnreadableReason }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'erased' }
  | (Omit<SystemContent, 'people'> & { readonly users: readonly UserId[] })

/** A line of the timeline. Silent messages have no row. */
export interface MessageRecord {
  readonly id: string
  readonly seq: number
  readonly sender: UserId
  readonly device: DeviceId
  readonly atMs: number
  readonly counted: number
  readonly content: StoredContent
}

/**
 * Something this device has to say in a conversation, in the order of `order`.
 *
 * - `waiting`: not numbered, not sealed.
 * - `sealed`: has its `n` and the bytes that are sent, and sent again, unchanged.
 * - `failed`: refused; kept for the user.
 */
export interface OutboxRecord {
  readonly conversation: ConversationId
  readonly order: number
  readonly id: string
  readonly atMs: number
  readonly state: 'waiting' | 'sealed' | 'failed'
  readonly what: Outgoing
  readonly n: number
  /** The MLS epoch that it was sealed for. */
  readonly epoch: number
  /** Whoever writes has read what is there; false for a program that says itself what it has read. */
  readonly isReading: boolean
  /** The encoded `send` frame. */
  readonly frame: string | null
  readonly fault: SendFault | null
}

export type Outgoing =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'group-info'; readonly title: string }
  | { readonly kind: 'create' }
  | { readonly kind: 'commit' }
  | { readonly kind: 'leave' }
  | { readonly kind: 'set-role'; readonly user: UserId; readonly role: Role }

export interface PersonRecord {
  readonly user: UserId
  readonly name: string
  readonly displayName: string
  readonly about: string
  /** The account key that was seen first; nothing else is believed without being accepted. */
  readonly accountKey: string | null
  /** Another key that the server names now. */
  readonly changedKey: string | null
  readonly isVerified: boolean
  /** Device keys that the account key vouches for. */
  readonly devices: Readonly<Record<DeviceId, string>>
}

/** How far a device of somebody has come, as it says itself. */
export interface MarkRecord {
  readonly conversation: ConversationId
  readonly device: DeviceId
  readonly user: UserId
  readonly version: number
  readonly deliveredSeq: number
  readonly readSeq: number
}
