import type { ConnectionId, DeviceId, UserId } from '@parley/protocol'
import type { EdgeSocket } from './edge-server.ts'
import type { WaitingCommand } from './sender.ts'

/**
 * - `waiting`: for the hello.
 * - `opening`: the token is being verified and the place in the user log looked up.
 * - `ready`: everything goes.
 * - `closed`: nothing goes any more.
 */
export type SessionState = 'waiting' | 'opening' | 'ready' | 'closed'

/** Who a session belongs to, once that is known. */
export interface SessionOwner {
  readonly user: UserId
  readonly device: DeviceId
  readonly connection: ConnectionId
}

/** One socket, for as long as it lives. Plain state: there are a hundred thousand of them. */
export interface Session {
  readonly socket: EdgeSocket
  readonly address: string
  state: SessionState
  owner: SessionOwner | undefined
  /** For questions to services in the name of the device. */
  token: string
  /** On the monotonic clock: when the next heartbeat, or the end, is due. */
  dueMs: number
  heardMs: number
  tokenEndsMs: number
  /** Newest place in the user log that the socket was told, or should have been. */
  pts: number
  /** Frames of this tick. */
  pending: Uint8Array[]
  pendingBytes: number
  /** Since when events are held back because the socket is slow. */
  laggingSinceMs: number | undefined
  /** An answer that no sync brings back was dropped. */
  hasLostAnswers: boolean
  invalidFrames: number
  invalidSinceMs: number
  bytesInLeft: number
  /** Messages that came while the session was opening. */
  early: Uint8Array[] | undefined
  /** Sends that wait for the ones before, while there are any. */
  sends: { commands: WaitingCommand[]; bytes: number } | undefined
  /** The `request` of the sync that is being answered. */
  syncing: number | undefined
  /** Presence channels of the users that the socket watches. */
  watchedShards: readonly string[]
}

export function newSession(
  socket: EdgeSocket,
  {
    address,
    nowMs,
    dueMs,
    bytesIn,
  }: { address: string; nowMs: number; dueMs: number; bytesIn: number },
): Session {
  return {
    socket,
    address,
    state: 'waiting',
    owner: undefined,
    token: '',
    dueMs,
    heardMs: nowMs,
    tokenEndsMs: Number.POSITIVE_INFINITY,
    pts: 0,
    pending: [],
    pendingBytes: 0,
    laggingSinceMs: undefined,
    hasLostAnswers: false,
    invalidFrames: 0,
    invalidSinceMs: 0,
    bytesInLeft: bytesIn,
    early: undefined,
    sends: undefined,
    syncing: undefined,
    watchedShards: none,
  }
}

const none: readonly string[] = []
