import { ChatError, type ConversationId, type UserId } from '@parley/protocol'
import type { MemberRow, MessageStore } from '../domain/message-store.ts'

/** Whoever was never a member does not learn that the conversation exists. */
export async function requireMembership(
  messages: Pick<MessageStore, 'membershipOf'>,
  conversation: ConversationId,
  user: UserId,
): Promise<MemberRow> {
  const membership = await messages.membershipOf(conversation, user)
  if (membership === undefined) throw new ChatError('not-found', 'no such conversation')
  return membership
}
