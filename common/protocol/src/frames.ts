/**
 * The frames of the WebSocket, as values. `frame-codec.ts` turns them into the bytes that
 * `proto/parley/v1/frames.proto` describes. Two closed unions: what a client may send, and what a
 * server may send.
 */
import type { CommandEnvelope } from './command.ts'
import type { ErrorCode } from './errors.ts'
import type { ConnectionId, ConversationId, DeviceId, UserId } from './ids.ts'
import type { Message } from './message.ts'
import type { RejectReason } from './reject-reason.ts'

export type ClientFrame = Hello | Send | Sync | Heartbeat | ClientSignal | ClientMark

export type ServerFrame =
  | Ready
  | Event
  | Ack
  | Nack
  | SyncPage
  | Heartbeat
  | ServerSignal
  | ServerMark
  | ErrorFrame
  | GoAway
  | Notice

/** First frame of a socket, within `limits.helloMs`; again on the same socket to renew the token. */
export interface Hello {
  readonly kind: 'hello'
  readonly version: number
  /** The access token. Never in the URL. */
  readonly token: string
  readonly client: string
}

export interface Ready {
  readonly kind: 'ready'
  readonly connection: ConnectionId
  readonly user: UserId
  readonly device: DeviceId
  /** Epoch of the user log: another one than the client knows means "reload". */
  readonly epoch: string
  /** Newest place in the user log. */
  readonly pts: number
  readonly heartbeatMs: number
  /** After an abnormal close, come back within this time, at random. */
  readonly reconnectSpreadMs: number
  readonly serverTimeMs: number
  readonly version: number
}

/** Sender and device of the envelope are ignored: the gateway sets them from the token. */
export interface Send {
  readonly kind: 'send'
  readonly envelope: CommandEnvelope
}

/** An entry of the user log. For the device that sent it this is the acknowledgement. */
export interface Event {
  readonly kind: 'event'
  /** 1, 2, 3, ... without holes, per user. */
  readonly pts: number
  readonly message: Message
}

/** Answer to a retry of something that was accepted already: this and all earlier ones are. */
export interface Ack {
  readonly kind: 'ack'
  readonly conversation: ConversationId
  /** The device's newest accepted `n`, and its place. May be higher than the one asked about. */
  readonly n: number
  readonly seq: number
}

export interface Nack {
  readonly kind: 'nack'
  readonly conversation: ConversationId
  readonly n: number
  readonly reason: RejectReason
  /** The device's last accepted `n`, the MLS epoch and the sender's standing, as of this decision. */
  readonly accepted: number
  readonly epoch: number
  readonly standing: number
}

/** Asks for the user log above `since`. */
export interface Sync {
  readonly kind: 'sync'
  /** Chosen by the client; comes back in each page. */
  readonly request: number
  readonly epoch: string
  readonly since: number
}

export interface SyncPage {
  readonly kind: 'sync-page'
  readonly request: number
  /** `too-long` and `epoch`: page the conversation list and the histories instead. */
  readonly verdict: 'entries' | 'too-long' | 'epoch'
  readonly epoch: string
  readonly events: readonly Event[]
  readonly head: number
  readonly isLast: boolean
}

export interface Heartbeat {
  readonly kind: 'heartbeat'
  /** From the server the newest place in the user log, from a client the one it has. */
  readonly pts: number
}

export type ClientSignal =
  | {
      readonly kind: 'signal'
      readonly signal: 'sealed'
      readonly conversation: ConversationId
      readonly payload: Uint8Array
    }
  | { readonly kind: 'signal'; readonly signal: 'watch'; readonly users: readonly UserId[] }

export type ServerSignal =
  | {
      readonly kind: 'signal'
      readonly signal: 'sealed'
      readonly conversation: ConversationId
      readonly sender: UserId
      readonly device: DeviceId
      readonly payload: Uint8Array
    }
  | {
      readonly kind: 'signal'
      readonly signal: 'presence'
      readonly user: UserId
      readonly isOnline: boolean
      /** In steps of five minutes, 0 when not known. */
      readonly lastSeenMs: number
    }

export interface ClientMark {
  readonly kind: 'mark'
  readonly conversation: ConversationId
  /** Rises with every mark of this device in this conversation. */
  readonly version: number
  /** The user's own read position. */
  readonly readSeq: number
  /** For the other members: sealed and signed by the device. May be empty. */
  readonly blob: Uint8Array
}

/** `readSeq` is 0 unless it goes to the user's own devices. */
export interface ServerMark extends ClientMark {
  readonly user: UserId
  readonly device: DeviceId
}

export interface ErrorFrame {
  readonly kind: 'error'
  readonly code: ErrorCode
  readonly message: string
  /** 0 when there is no advice. */
  readonly retryMs: number
  /** The send that could not be taken. It may be sent again under the same `n`. */
  readonly conversation?: ConversationId | undefined
  readonly n?: number | undefined
}

export interface GoAway {
  readonly kind: 'go-away'
  readonly returnAfterMs: number
}

/** A hint to look something up by REST. Losing it costs time only. */
export interface Notice {
  readonly kind: 'notice'
  readonly notice: 'device-box' | 'devices' | 'key-packages-low'
}
