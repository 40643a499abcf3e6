export {
  type NewAccount,
  type NewGroup,
  ParleyClient,
  type ParleyOptions,
  type PersonName,
  type TimelineQuery,
} from './client.ts'
export type { Listener, ParleyEvent } from './events.ts'
export { type IndexedDbOptions, openIndexedDbStore } from './local-store.indexeddb.ts'
export { MemoryStore } from './local-store.memory.ts'
export type { LocalStore, Operation, RangeQuery, Row, Table } from './local-store.ts'
export { tables } from './local-store.ts'
export { type LocalErrorCode, ParleyError, type ParleyErrorCode } from './parley-error.ts'
export { browserPlatform } from './platform.browser.ts'
export type { Clock, Platform, Random, Socket, SocketEvents } from './platform.ts'
export type {
  Account,
  Connection,
  ConnectionState,
  Content,
  Conversation,
  Device,
  Member,
  Message,
  MessageState,
  Person,
  Presence,
  SafetyNumber,
  SendFault,
  Standing,
  SystemContent,
  Timeline,
  UnreadableReason,
} from './views.ts'
