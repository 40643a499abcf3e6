import {
  ChatError,
  chatRoutes,
  encodeMessage,
  isConversationId,
  toText,
  type UserId,
} from '@parley/protocol'
import { route } from '@parley/runtime'
import type { MarkStore } from '../domain/mark-store.ts'
import type { ConversationRow, MessageStore } from '../domain/message-store.ts'
import type { UserLogStore } from '../domain/user-log-store.ts'

export interface ListConversationsDependencies {
  readonly messages: MessageStore
  readonly marks: MarkStore
  readonly entries: UserLogStore
  readonly epoch: string
}

/** `GET /v1/conversations`: the caller's conversations by last activity. */
export function listConversations({
  messages,
  marks,
  entries,
  epoch,
}: ListConversationsDependencies) {
  return route(chatRoutes.listConversations, async ({ caller, query }) => {
    // Read before the page: the page is at least as new as this place in the user log.
    const pts = (await entries.head(caller.user))?.pts ?? 0
    const before = query.before === undefined ? undefined : toCursor(query.before)
    const rows = await messages.conversationsOf(caller.user, { before, limit: query.limit })
    const last = rows.at(-1)
    const isEnd = last === undefined || rows.length < query.limit
    return {
      conversations: await Promise.all(rows.map((row) => summaryOf(row, caller.user))),
      next: isEnd ? null : `${last.lastActivityMs}.${last.conversation}`,
      pts,
      epoch,
    }
  })

  async function summaryOf(row: ConversationRow, user: UserId) {
    const { conversation, toSeq, fromSeq } = row
    const headSeq = Math.min(row.headSeq, toSeq ?? row.headSeq)
    const readSeq = Math.min(headSeq, await marks.readSeqOf(user, conversation))
    const [head] = await single(headSeq)
    const [read] = readSeq >= fromSeq ? await single(readSeq) : []
    return {
      ...row,
      headSeq,
      headCounted: head?.counted ?? 0,
      readSeq,
      readCounted: read?.counted ?? 0,
      head: head === undefined ? null : toText(encodeMessage(head)),
    }

    function single(seq: number) {
      const range = { conversation, fromSeq: seq, toSeq: seq, limit: 1 } as const
      return messages.list({ ...range, order: 'oldest-first' })
    }
  }
}

function toCursor(text: string): { readonly atMs: number; readonly conversation: string } {
  const [atMs, conversation] = text.split('.')
  if (!isConversationId(conversation) || !/^\d{1,15}$/.test(atMs ?? ''))
    throw new ChatError('bad-request', 'not the place of a page')
  return { atMs: Number(atMs), conversation }
}
