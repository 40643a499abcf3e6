import { type ConversationId, limits, type StoredMessage } from '@parley/protocol'
import { type Conversation, emptyConversation, evolve } from './conversation.ts'
import { decodeSnapshot } from './conversation-snapshot.ts'
import type { MessageRows } from './message-store.ts'

export interface Recovered {
  /** The newest snapshot, or the empty conversation. */
  readonly snapshot: Conversation
  /** Every message above the snapshot, oldest first. */
  readonly rows: readonly StoredMessage[]
}

export async function recover(
  store: Pick<MessageRows, 'list' | 'loadSnapshot'>,
  id: ConversationId,
): Promise<Recovered> {
  const stored = await store.loadSnapshot(id)
  const snapshot = (stored && decodeSnapshot(stored.text)) ?? emptyConversation(id)
  return { snapshot, rows: await messagesAbove(store, snapshot) }
}

export async function currentConversation(
  store: Pick<MessageRows, 'list' | 'loadSnapshot'>,
  id: ConversationId,
): Promise<Conversation> {
  const { snapshot, rows } = await recover(store, id)
  return rows.reduce(evolve, snapshot)
}

async function messagesAbove(
  store: Pick<MessageRows, 'list' | 'loadSnapshot'>,
  { id, seq }: Conversation,
): Promise<readonly StoredMessage[]> {
  const messages: StoredMessage[] = []
  for (;;) {
    const page = await store.list({
      conversation: id,
      fromSeq: seq + messages.length + 1,
      toSeq: Number.MAX_SAFE_INTEGER,
      order: 'oldest-first',
      limit: limits.storePageRows,
    })
    messages.push(...page)
    if (page.length < limits.storePageRows) return messages
  }
}
