import { chatRoutes, encodeFrame, toBytes, toText } from '@parley/protocol'
import { route } from '@parley/runtime'
import type { Deliveries } from '../domain/deliveries.ts'
import type { MarkStore } from '../domain/mark-store.ts'
import type { MessageStore } from '../domain/message-store.ts'
import { requireMembership } from './membership.ts'

export interface MarkDependencies {
  readonly messages: MessageStore
  readonly marks: MarkStore
  readonly relay: Deliveries
}

/** Marks: stored by version, and shown to whoever is there. */
export function markRoutes({ messages, marks, relay }: MarkDependencies) {
  return [
    route(chatRoutes.listMarks, async ({ caller, params }) => {
      await requireMembership(messages, params.conversation, caller.user)
      const all = await marks.list(params.conversation)
      return {
        marks: all.map(({ user, device, version, readSeq, blob }) => ({
          user,
          device,
          version,
          readSeq: user === caller.user ? readSeq : 0,
          blob: toText(blob),
        })),
      }
    }),
    route(chatRoutes.putMark, async ({ caller, params, body }) => {
      const { conversation } = params
      const { user, device } = caller
      const { toSeq } = await requireMembership(messages, conversation, user)
      const { version, readSeq } = body
      const blob = toBytes(body.blob)
      await marks.put({ conversation, user, device, version, readSeq, blob })
      const frame = { kind: 'mark', conversation, user, device, version, blob } as const
      const own = encodeFrame({ ...frame, readSeq })
      relay.deliver({ user, exceptDevice: device, isEphemeral: true, pts: 0, bytes: own })
      if (blob.length === 0 || toSeq !== null) return {}
      const bytes = encodeFrame({ ...frame, readSeq: 0 })
      for (const member of await messages.membersOf(conversation))
        if (member.user !== user)
          relay.deliver({ user: member.user, isEphemeral: true, pts: 0, bytes })
      return {}
    }),
  ]
}
