import { z } from 'zod'
import { limits } from '../limits.ts'
import { bytesText, conversationIdShape, count, deviceIdShape, userIdShape } from './shapes.ts'

/**
 * REST contract of chat-service. Messages travel as bytes: base64url of an encoded `Message`
 * (`encodeMessage`), so that there is one codec.
 */
const role = z.enum(['owner', 'admin', 'member'])
const kind = z.enum(['direct', 'group'])
const encryption = z.enum(['mls', 'server'])
const encodedMessage = z.string()

const page = (defaultSize: number, sizeMax: number) =>
  z.coerce.number().int().min(1).max(sizeMax).default(defaultSize)

/** A line of the conversation list. */
export const conversationSummary = z.strictObject({
  conversation: conversationIdShape,
  kind,
  encryption,
  /** Newest message that the caller may read. */
  headSeq: count,
  headCounted: count,
  lastActivityMs: count,
  /** The caller's interval; `toSeq` null while he is a member. */
  fromSeq: count,
  toSeq: count.nullable(),
  role,
  /** The highest read position of the caller's devices, and `counted` there. */
  readSeq: count,
  readCounted: count,
  head: encodedMessage.nullable(),
})

export const conversationState = z.strictObject({
  conversation: conversationIdShape,
  kind,
  encryption,
  seq: count,
  epoch: count,
  suite: count,
  members: z.array(
    z.strictObject({
      user: userIdShape,
      role,
      fromSeq: count,
      toSeq: count.nullable(),
      /** Last change of membership or role. */
      changedSeq: count,
    }),
  ),
  devices: z.array(z.strictObject({ user: userIdShape, device: deviceIdShape })),
  /** Revoked devices and those of leavers, which the next commit must remove. */
  pendingRemovals: z.array(deviceIdShape),
  /** Last accepted command of the caller's device, 0 for none. */
  accepted: count,
  acceptedSeq: count,
  standing: count,
})

export const chatRoutes = {
  /** By last activity, newest first. `before` is the `next` of the page before. */
  listConversations: {
    method: 'get',
    path: '/v1/conversations',
    query: z.strictObject({
      before: z.string().max(64).optional(),
      limit: page(limits.conversationPageDefault, limits.conversationPageMax),
    }),
    answer: z.strictObject({
      conversations: z.array(conversationSummary),
      next: z.string().nullable(),
      /** Place in the user log that this page is at least as new as. */
      pts: count,
      epoch: z.string(),
    }),
  },
  readConversation: {
    method: 'get',
    path: '/v1/conversations/{conversation}',
    answer: conversationState,
  },
  /**
   * `before`: newest first, below that seq. `after`: oldest first, above it. Only what the caller
   * may read: `fromSeq` to `toSeq` of his membership, both ends included.
   */
  listMessages: {
    method: 'get',
    path: '/v1/conversations/{conversation}/messages',
    query: z.strictObject({
      before: z.coerce.number().int().min(1).optional(),
      after: z.coerce.number().int().min(0).optional(),
      limit: page(limits.historyPageMessagesDefault, limits.historyPageMessagesMax),
    }),
    answer: z.strictObject({ messages: z.array(encodedMessage), isEnd: z.boolean() }),
  },
  listMarks: {
    method: 'get',
    path: '/v1/conversations/{conversation}/marks',
    answer: z.strictObject({
      marks: z.array(
        z.strictObject({
          user: userIdShape,
          device: deviceIdShape,
          version: count,
          /** The caller's own only, else 0. */
          readSeq: count,
          blob: bytesText(limits.markBlobBytesMax),
        }),
      ),
    }),
  },
  /** Same as the mark frame, for clients without a socket. An older version changes nothing. */
  putMark: {
    method: 'put',
    path: '/v1/conversations/{conversation}/mark',
    request: z.strictObject({
      version: count,
      readSeq: count,
      blob: bytesText(limits.markBlobBytesMax),
    }),
    answer: z.strictObject({}),
  },
  /**
   * The user log above `since`, as the bytes of one `SyncPage` frame (`application/octet-stream`).
   * The gateway asks it for a sync frame and forwards the bytes.
   */
  sync: {
    method: 'get',
    path: '/v1/sync',
    query: z.strictObject({
      since: z.coerce.number().int().nonnegative(),
      epoch: z.string().max(64),
      request: z.coerce.number().int().nonnegative().default(0),
    }),
  },
  /** Oldest first. Entries stay until they are acknowledged. */
  listDeviceBox: {
    method: 'get',
    path: '/v1/device-box',
    query: z.strictObject({
      after: z.coerce.number().int().nonnegative().default(0),
      limit: page(limits.deviceBoxPageEntries, limits.deviceBoxPageEntries),
    }),
    answer: z.strictObject({
      entries: z.array(
        z.strictObject({
          id: count,
          conversation: conversationIdShape,
          /** The create or commit that brought the device in. */
          seq: count,
          welcome: z.string(),
          tree: z.string(),
        }),
      ),
      isEnd: z.boolean(),
      /** Entries were dropped because the box was full or too old. */
      hasOverflowed: z.boolean(),
    }),
  },
  acknowledgeDeviceBox: {
    method: 'post',
    path: '/v1/device-box/acknowledge',
    request: z.strictObject({ upTo: count }),
    answer: z.strictObject({}),
  },
  /** Body: an encoded `CommandBlob`, `application/octet-stream`. */
  putCommandBlob: {
    method: 'post',
    path: '/v1/command-blobs',
    answer: z.strictObject({ hash: bytesText(32) }),
  },
  /** The bytes of the blob, for members of a conversation whose message names it. */
  readCommandBlob: {
    method: 'get',
    path: '/v1/conversations/{conversation}/blobs/{hash}',
  },
} as const

/** For other services only; the gateway does not route `/internal/`. */
export const chatInternalRoutes = {
  /** The users who are members now; `not-found` unless `user` is one of them. */
  listMembers: {
    method: 'get',
    path: '/internal/conversations/{conversation}/members',
    query: z.strictObject({ user: userIdShape }),
    answer: z.strictObject({ kind, members: z.array(userIdShape) }),
  },
  /** Whether a blob was uploaded; the gateway asks before it lets a command pass. */
  hasCommandBlob: {
    method: 'get',
    path: '/internal/command-blobs/{hash}',
    answer: z.strictObject({ isThere: z.boolean() }),
  },
  /** Where the user log of a user stands; the gateway asks at hello. */
  readUserLogHead: {
    method: 'get',
    path: '/internal/users/{user}/log-head',
    answer: z.strictObject({ pts: count, epoch: z.string() }),
  },
  /** Users who share a conversation with `user`: who may see his presence. */
  listPeers: {
    method: 'get',
    path: '/internal/users/{user}/peers',
    answer: z.strictObject({ users: z.array(userIdShape) }),
  },
} as const
