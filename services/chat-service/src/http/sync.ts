import {
  type ConversationId,
  chatRoutes,
  encodeMessage,
  encodeSyncPage,
  limits,
  type UserId,
} from '@parley/protocol'
import { route } from '@parley/runtime'
import type { MessageStore } from '../domain/message-store.ts'
import type { UserLogEntry, UserLogStore } from '../domain/user-log-store.ts'

/** Messages of one page together; a page has one at least. */
const pageBytesMax = 512 * 1024

export interface SyncDependencies {
  readonly messages: Pick<MessageStore, 'list'>
  readonly entries: UserLogStore
  readonly epoch: string
}

/** `GET /v1/sync`: the next page of the caller's log, as the bytes of one frame. */
export function sync({ messages, entries, epoch }: SyncDependencies) {
  return route(chatRoutes.sync, async ({ caller, query }) => {
    const { since, request } = query
    const head = (await entries.head(caller.user))?.pts ?? 0
    // A client that is ahead of the server has known another store.
    if (query.epoch !== epoch || since > head) return answer('epoch', [], true)
    if (head - since > limits.syncEntriesMax) return answer('too-long', [], true)
    const page = await entries.list(caller.user, since, limits.syncPageEntries)
    if (page.length > 0 && page[0]?.pts !== since + 1) return answer('too-long', [], true)
    const events = await withMessages(page, messages)
    const isLast = (events.at(-1)?.pts ?? head) >= head
    return answer('entries', events, isLast)

    function answer(
      verdict: 'entries' | 'too-long' | 'epoch',
      events: readonly { readonly pts: number; readonly message: Uint8Array }[],
      isLast: boolean,
    ): Response {
      const frame = encodeSyncPage({ request, verdict, epoch, head, isLast }, events)
      return new Response(frame as Uint8Array<ArrayBuffer>, {
        headers: { 'content-type': 'application/octet-stream', 'cache-control': 'no-store' },
      })
    }
  })
}

/** `GET /internal/users/{user}/log-head` is answered from here as well. */
export async function logHead(entries: UserLogStore, user: UserId): Promise<number> {
  return (await entries.head(user))?.pts ?? 0
}

async function withMessages(page: readonly UserLogEntry[], messages: Pick<MessageStore, 'list'>) {
  const bodies = new Map<string, Uint8Array>()
  for (const { conversation, fromSeq, toSeq } of runsIn(page)) {
    const limit = toSeq - fromSeq + 1
    const range = { conversation, fromSeq, toSeq, limit, order: 'oldest-first' } as const
    for (const message of await messages.list(range))
      bodies.set(`${conversation}:${message.seq}`, encodeMessage(message))
  }
  const events: { pts: number; message: Uint8Array }[] = []
  let bytes = 0
  for (const { pts, conversation, seq } of page) {
    const message = bodies.get(`${conversation}:${seq}`)
    // The message is stored before its entry: a missing one will be there the next time.
    if (message === undefined || (events.length > 0 && bytes + message.length > pageBytesMax)) break
    bytes += message.length
    events.push({ pts, message })
  }
  return events
}

/** Neighbouring messages of a conversation are read together. */
function* runsIn(page: readonly UserLogEntry[]) {
  const seqs = new Map<ConversationId, number[]>()
  for (const { conversation, seq } of page) {
    const own = seqs.get(conversation)
    if (own === undefined) seqs.set(conversation, [seq])
    else own.push(seq)
  }
  for (const [conversation, all] of seqs) {
    all.sort((a, b) => a - b)
    let [fromSeq = 0] = all
    for (const [index, toSeq] of all.entries())
      if (all[index + 1] !== toSeq + 1 || toSeq - fromSeq + 1 >= limits.storePageRows) {
        yield { conversation, fromSeq, toSeq }
        fromSeq = all[index + 1] ?? 0
      }
  }
}
