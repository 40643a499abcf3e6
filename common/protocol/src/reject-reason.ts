/**
 * Why a command was not accepted. The list is closed.
 *
 * A final reason stays true for ever: whatever happens later in the conversation, a copy of the
 * command that is still on its way will not be accepted either. Every final check therefore rests
 * on something that never turns back: an epoch, a standing, a kind fixed at creation. (Only a
 * device that names an epoch of the future can break this, for itself.)
 */
export const rejectReasons = {
  /** `prev` is not the last accepted `n`. The device sends again from there: not final. */
  'out-of-order': { isFinal: false },
  'unknown-conversation': { isFinal: true },
  'already-exists': { isFinal: true },
  /** The sender's membership has changed since the device last looked. */
  'stale-standing': { isFinal: true },
  /** Another commit was first, or the message is sealed for members of the past. */
  'wrong-epoch': { isFinal: true },
  /** A revoked device is still in the MLS group: a commit must remove it first. */
  'commit-required': { isFinal: true },
  /** A generation was used before: two copies of one device profile are running. */
  'device-copied': { isFinal: true },
  'not-a-member': { isFinal: true },
  'not-allowed': { isFinal: true },
  full: { isFinal: true },
  /** Deciding failed. The record is kept aside for people to look at. */
  undecidable: { isFinal: true },
} as const satisfies Record<string, { readonly isFinal: boolean }>

export type RejectReason = keyof typeof rejectReasons
