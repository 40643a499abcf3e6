import { createHash } from 'node:crypto'
import type { BlobStore } from '@parley/engines'
import {
  ChatError,
  chatInternalRoutes,
  chatRoutes,
  decodeCommandBlob,
  limits,
  toBytes,
  toText,
} from '@parley/protocol'
import { readBytes, route } from '@parley/runtime'
import { blobKey } from '../domain/blob-key.ts'
import type { MessageStore } from '../domain/message-store.ts'
import { currentConversation } from '../domain/recovery.ts'
import { requireMembership } from './membership.ts'

export interface CommandBlobDependencies {
  readonly blobs: BlobStore
  readonly messages: MessageStore
}

/** Commands that are too large for a record are uploaded first, and named by their hash. */
export function commandBlobRoutes({ blobs, messages }: CommandBlobDependencies) {
  return [
    route(chatRoutes.putCommandBlob, async ({ request }) => {
      const bytes = await readBytes(request, limits.commandBlobBytesMax)
      decodeCommandBlob(bytes)
      const hash = createHash('sha256').update(bytes).digest()
      await blobs.put(blobKey(hash), bytes, hash)
      return { hash: toText(hash) }
    }),
    route(chatRoutes.readCommandBlob, async ({ caller, params }) => {
      const own = await requireMembership(messages, params.conversation, caller.user)
      const hash = toHash(params.hash)
      if (!(await isNamedIn(hash, own.fromSeq, own.toSeq)))
        throw new ChatError('not-found', 'no such blob')
      const bytes = await blobs.get(blobKey(hash))
      return new Response(bytes as Uint8Array<ArrayBuffer>, {
        headers: { 'content-type': 'application/octet-stream', 'cache-control': 'no-store' },
      })

      /** A hash is no permission: one of the caller's messages must name the blob. */
      async function isNamedIn(wanted: Uint8Array, from: number, to: number | null) {
        const { seq } = await currentConversation(messages, params.conversation)
        for (let toSeq = to ?? seq; toSeq >= from; toSeq -= limits.storePageRows) {
          const page = await messages.list({
            conversation: params.conversation,
            fromSeq: from,
            toSeq,
            order: 'newest-first',
            limit: limits.storePageRows,
          })
          for (const { command } of page)
            if (
              (command.kind === 'create' || command.kind === 'commit') &&
              command.blob !== undefined &&
              toText(command.blob) === toText(wanted)
            )
              return true
        }
        return false
      }
    }),
    route(chatInternalRoutes.hasCommandBlob, async ({ params }) => ({
      isThere: await blobs.has(blobKey(toHash(params.hash))),
    })),
  ]
}

function toHash(text: string): Uint8Array {
  const hash = toBytes(text)
  if (hash.length !== 32) throw new ChatError('bad-request', 'a hash has 32 bytes')
  return hash
}
