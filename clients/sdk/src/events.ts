import type { ConversationId, UserId } from '@parley/protocol'
import type { Account, Connection, Conversation, Message, Person, Presence } from './views.ts'

/**
 * What has changed. Events come in the order in which things happened, and before the answer to the
 * call that caused them. What is in them is stored already. The list is closed.
 */
export type ParleyEvent =
  | { readonly kind: 'account'; readonly account: Account }
  | { readonly kind: 'connection'; readonly connection: Connection }
  /** A conversation is new, or anything of it is. */
  | { readonly kind: 'conversation'; readonly conversation: Conversation }
  | { readonly kind: 'conversation-gone'; readonly conversation: ConversationId }
  /**
   * New messages and changed ones, oldest first. `isNew`: they were received just now, by the live
   * stream or by catching up; each message is in exactly one such event, over restarts too unless
   * the program ended before it could look.
   */
  | {
      readonly kind: 'messages'
      readonly conversation: ConversationId
      readonly messages: readonly Message[]
      readonly isNew: boolean
    }
  /** Discarded ones. */
  | {
      readonly kind: 'messages-gone'
      readonly conversation: ConversationId
      readonly ids: readonly string[]
    }
  /** Who is writing there now; empty when nobody is. Never oneself. */
  | {
      readonly kind: 'typing'
      readonly conversation: ConversationId
      readonly people: readonly Person[]
    }
  | { readonly kind: 'presence'; readonly presence: Presence }
  /** The devices of this account, or one that waits for approval: read them again. */
  | { readonly kind: 'devices'; readonly hasPending: boolean }
  /** The account key of somebody is another one than before: nothing is sent to them until accepted. */
  | { readonly kind: 'key-changed'; readonly user: UserId }

export type Listener = (event: ParleyEvent) => void
