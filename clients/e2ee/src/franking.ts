import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { ConversationId } from '@parley/protocol'
import { equalBytes, lengthPrefixed } from './bytes.ts'

export const frankingKeyBytes = 32
const commitmentBytes = 32

/**
 * Commits the sender to the envelope, which AES-GCM alone does not: two keys can open one
 * ciphertext to two texts. The server keeps it, and can check an envelope that a reader reports.
 */
export function commitmentTo(envelope: Uint8Array, frankingKey: Uint8Array): Uint8Array {
  return hmac(sha256, frankingKey, envelope)
}

/** What is authenticated beside a message: it belongs to one conversation and one commitment. */
export function messageAad(conversation: ConversationId, commitment: Uint8Array): Uint8Array {
  return lengthPrefixed('parley/message/1', conversation, commitment)
}

/** The commitment in it, or undefined when it is not of this conversation. */
export function readMessageAad(
  conversation: ConversationId,
  aad: Uint8Array,
): Uint8Array | undefined {
  const commitment = aad.slice(-commitmentBytes)
  const expected = messageAad(conversation, commitment)
  return equalBytes(expected, aad) ? commitment : undefined
}
