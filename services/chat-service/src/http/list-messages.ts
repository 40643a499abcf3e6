import { ChatError, chatRoutes, encodeMessage, toText } from '@parley/protocol'
import { route } from '@parley/runtime'
import type { MessageStore } from '../domain/message-store.ts'
import { requireMembership } from './membership.ts'

/** `GET /v1/conversations/{conversation}/messages`: a page of what the caller may read. */
export function listMessages({
  messages,
}: {
  readonly messages: Pick<MessageStore, 'list' | 'membershipOf'>
}) {
  return route(chatRoutes.listMessages, async ({ caller, params, query }) => {
    const { conversation } = params
    const { before, after, limit } = query
    if (before !== undefined && after !== undefined)
      throw new ChatError('bad-request', 'either before or after, not both')
    const own = await requireMembership(messages, conversation, caller.user)
    const last = own.toSeq ?? Number.MAX_SAFE_INTEGER
    const fromSeq = Math.max(own.fromSeq, (after ?? 0) + 1)
    const toSeq = Math.min(last, before === undefined ? last : before - 1)
    const order = after === undefined ? 'newest-first' : 'oldest-first'
    const page = await messages.list({ conversation, fromSeq, toSeq, order, limit })
    return {
      messages: page.map((message) => toText(encodeMessage(message))),
      isEnd: page.length < limit || page.at(-1)?.seq === own.fromSeq,
    }
  })
}
