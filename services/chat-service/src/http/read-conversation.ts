import { chatRoutes } from '@parley/protocol'
import { route } from '@parley/runtime'
import { standingOf } from '../domain/conversation.ts'
import type { MessageStore } from '../domain/message-store.ts'
import { currentConversation } from '../domain/recovery.ts'
import { requireMembership } from './membership.ts'

/** `GET /v1/conversations/{conversation}`: what a member may know of its state. */
export function readConversation({ messages }: { readonly messages: MessageStore }) {
  return route(chatRoutes.readConversation, async ({ caller, params }) => {
    const { user, device } = caller
    const own = await requireMembership(messages, params.conversation, user)
    const state = await currentConversation(messages, params.conversation)
    const isMember = own.toSeq === null
    const accepted = state.accepted.get(device)
    return {
      conversation: state.id,
      kind: state.kind ?? 'group',
      encryption: state.encryption ?? 'mls',
      seq: own.toSeq ?? state.seq,
      epoch: state.epoch,
      suite: state.suite,
      // A former member learns nothing new.
      members: [...state.memberships]
        .filter(([id]) => isMember || id === user)
        .map(([id, membership]) => ({ user: id, ...membership })),
      devices: isMember ? [...state.devices].map(([id, of]) => ({ user: of, device: id })) : [],
      pendingRemovals: isMember ? [...state.pendingRemovals] : [],
      accepted: accepted?.n ?? 0,
      acceptedSeq: accepted?.seq ?? 0,
      standing: standingOf(state, user),
    }
  })
}
