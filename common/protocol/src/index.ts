export { AssertionError, assert, unreachable } from './assert.ts'
export { fromBase64Url, toBase64Url } from './base64url.ts'
export {
  edgeChannel,
  presenceChannel,
  presenceShardChannel,
  presenceShards,
} from './channels.ts'
export { clientLimits } from './client-limits.ts'
export type {
  Command,
  CommandBlob,
  CommandEnvelope,
  CommandKind,
  CommandRecord,
  CommitCommand,
  ConversationKind,
  CreateCommand,
  DeviceOfUser,
  Encryption,
  Handshake,
  Role,
  SendCommand,
  SystemChange,
  SystemCommand,
} from './command.ts'
export { checkCommand } from './command-check.ts'
export {
  decodeCommand,
  decodeCommandBlob,
  decodeCommandEnvelope,
  encodeCommand,
  encodeCommandBlob,
  encodeCommandEnvelope,
} from './command-codec.ts'
export { ChatError, type ErrorCode, errorFacts } from './errors.ts'
export {
  decodeClientFrames,
  decodeServerFrames,
  encodeFrame,
  encodeSyncPage,
} from './frame-codec.ts'
export type {
  Ack,
  ClientFrame,
  ClientMark,
  ClientSignal,
  ErrorFrame,
  Event,
  GoAway,
  Heartbeat,
  Hello,
  Nack,
  Notice,
  Ready,
  Send,
  ServerFrame,
  ServerMark,
  ServerSignal,
  Sync,
  SyncPage,
} from './frames.ts'
export {
  type ConnectionId,
  type ConversationId,
  cellOf,
  type DeviceId,
  directConversationId,
  type IdParts,
  isConnectionId,
  isConversationId,
  isDeviceId,
  isUserId,
  newConnectionId,
  newConversationId,
  newDeviceId,
  newUserId,
  type UserId,
} from './ids.ts'
export { limits } from './limits.ts'
export { comparePositions, type LogPosition, logStart } from './log-position.ts'
export type { Message, StoredMessage } from './message.ts'
export { decodeMessage, encodeEvent, encodeMessage, eventHead } from './message-codec.ts'
export { parseInput } from './parse-input.ts'
export {
  decodePresenceInput,
  encodePresenceInput,
  type PresenceInput,
  type PresenceSession,
} from './presence-input.ts'
export {
  decodeAccountEvent,
  decodeEdgeBatch,
  decodeUserEvent,
  encodeAccountEvent,
  encodeEdgeBatch,
  encodeUserEvent,
  encodeUserEventOfMessage,
  userEventParts,
} from './record-codec.ts'
export type { AccountEvent, EdgeDelivery, UserEvent } from './records.ts'
export { type RejectReason, rejectReasons } from './reject-reason.ts'
export { accountInternalRoutes, accountRoutes } from './rest/accounts.ts'
export { chatInternalRoutes, chatRoutes } from './rest/chat.ts'
export {
  bytesText,
  conversationIdShape,
  count,
  deviceIdShape,
  type ErrorBody,
  errorBody,
  toBytes,
  toText,
  userIdShape,
  userName,
} from './rest/shapes.ts'
export { protocolVersion, protocolVersionMin, socketPath } from './version.ts'
export { WireReader, WireWriter } from './wire.ts'
