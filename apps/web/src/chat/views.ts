import type { Account, Conversation, Message } from '@parley/sdk'

/**
 * What a tab sees of the chats: the plain values of the SDK, which runs in the worker. They are
 * whole each time; a tab replaces what it had under the same id.
 */
export type {
  Connection as ConnectionView,
  ConnectionState,
  Content,
  Device as DeviceView,
  Member as MemberView,
  MessageState,
  Person as PersonView,
  Presence as PresenceView,
  SafetyNumber as SafetyCodeView,
  SendFault,
  SystemContent,
  Timeline as TimelinePage,
} from '@parley/sdk'

export type AccountView = Account | { readonly kind: 'starting' }
export type ConversationView = Conversation
export type MessageView = Message
export type RoleView = Conversation['role']
