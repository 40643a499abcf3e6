import type {
  ConversationId,
  DeviceId,
  Handshake,
  LogPosition,
  Message,
  RejectReason,
  StoredMessage,
  UserId,
} from '@parley/protocol'

/** What the sequencer tells the world, in the order in which it is to be published. */
export type ConversationEvent = MessageForMembers | Ack | Nack | WelcomeForDevices | DeadLetter

/** To the logs of these members; the sender's own copy is the ack. Topic `user-events`. */
export interface MessageForMembers {
  readonly kind: 'message'
  readonly to: readonly UserId[]
  readonly message: Message
}

/** Cumulative: this and every earlier accepted command of the device is stored. */
export interface Ack {
  readonly kind: 'ack'
  readonly to: UserId
  readonly device: DeviceId
  readonly conversation: ConversationId
  readonly n: number
  readonly seq: number
}

/** Says why, and what the device needs to know to ask again. Seen by that device only. */
export interface Nack {
  readonly kind: 'nack'
  readonly to: UserId
  readonly device: DeviceId
  readonly conversation: ConversationId
  readonly n: number
  readonly reason: RejectReason
  /** The device's last accepted `n`, the epoch and the sender's standing, as of this decision. */
  readonly accepted: number
  readonly epoch: number
  readonly standing: number
}

/** To the boxes of the devices that a create or commit brings in, kept until they have fetched it. */
export interface WelcomeForDevices {
  readonly kind: 'welcome'
  readonly message: StoredMessage
  readonly to: readonly { readonly user: UserId; readonly device: DeviceId }[]
  /** Undefined when the command names a blob that holds it. */
  readonly handshake: Handshake | undefined
}

/** A record that could not be decided, kept for people to look at. Topic `commands.dead`. */
export interface DeadLetter {
  readonly kind: 'dead-letter'
  readonly key: string
  readonly source: LogPosition
  readonly value: Uint8Array
}
