/** Values of log records and bus messages that services exchange. Codec: `record-codec.ts`. */
import type { DeviceOfUser } from './command.ts'
import type { Ack, Nack } from './frames.ts'
import type { DeviceId, UserId } from './ids.ts'
import type { Message } from './message.ts'

/** Topic `user-events`, key user. */
export type UserEvent =
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'ack'; readonly device: DeviceId; readonly ack: Ack }
  | { readonly kind: 'nack'; readonly device: DeviceId; readonly nack: Nack }

/** Topic `account-events`, key user. */
export type AccountEvent = { readonly kind: 'device-revoked' | 'device-added' } & DeviceOfUser

/** What an edge is to send to the sockets of one user. Bus channel `edgeChannel(edge)`. */
export interface EdgeDelivery {
  readonly user: UserId
  /** Only to this device. */
  readonly device?: DeviceId | undefined
  readonly exceptDevice?: DeviceId | undefined
  /** Is dropped first when a socket is slow. */
  readonly isEphemeral: boolean
  /** Place in the user log, 0 for none. */
  readonly pts: number
  /**
   * With `pts` 0 an encoded frame (`encodeFrame`), else an encoded message (`encodeMessage`) that
   * the edge wraps with `encodeEvent(pts, bytes)`: so the bytes of one message serve everybody.
   */
  readonly bytes: Uint8Array
}
