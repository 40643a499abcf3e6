import { ChatError, chatInternalRoutes } from '@parley/protocol'
import { route } from '@parley/runtime'
import type { MessageStore } from '../domain/message-store.ts'
import { currentConversation } from '../domain/recovery.ts'
import type { UserLogStore } from '../domain/user-log-store.ts'
import { logHead } from './sync.ts'

/** People whose presence one may see at most. */
const peersMax = 5_000

/** What other services ask. */
export function internalRoutes({
  messages,
  entries,
  epoch,
}: {
  readonly messages: MessageStore
  readonly entries: UserLogStore
  readonly epoch: string
}) {
  return [
    route(chatInternalRoutes.listMembers, async ({ params, query }) => {
      const members = (await messages.membersOf(params.conversation)).map(({ user }) => user)
      if (!members.includes(query.user)) throw new ChatError('not-found', 'no such conversation')
      const { kind } = await currentConversation(messages, params.conversation)
      return { kind: kind ?? 'group', members: [...members] }
    }),
    route(chatInternalRoutes.readUserLogHead, async ({ params }) => ({
      pts: await logHead(entries, params.user),
      epoch,
    })),
    route(chatInternalRoutes.listPeers, async ({ params }) => ({
      users: [...(await messages.peersOf(params.user, peersMax))],
    })),
  ]
}
