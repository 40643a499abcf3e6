import type { DeviceId, UserId } from '@parley/protocol'

/** A family of refresh tokens, one followed by the next. A device has one at most. */
export interface Session {
  readonly family: string
  readonly user: UserId
  readonly device: DeviceId
  /** SHA-256 of the token that is valid now, and of the one before it. */
  readonly tokenHash: Uint8Array
  readonly previousHash: Uint8Array | null
  readonly startedAtMs: number
  readonly rotatedAtMs: number
  readonly endedAtMs: number | null
}

/**
 * The sessions of devices.
 *
 * - Consistency. A resolved change is seen by every later call, from any process.
 * - Concurrency. `rotate` compares and sets: of two at once one wins.
 * - Errors. `unavailable`.
 */
export interface Sessions {
  /** Ends the device's session before; gives the version that its access tokens name from now on. */
  start(
    session: Pick<Session, 'family' | 'user' | 'device' | 'tokenHash' | 'startedAtMs'>,
  ): Promise<number>
  find(family: string): Promise<(Session & { readonly sessionVersion: number }) | undefined>
  /** False when `before` is not the valid token any more. Notes the day on which the device was seen. */
  rotate(change: {
    readonly family: string
    readonly before: Uint8Array
    readonly after: Uint8Array
    readonly atMs: number
  }): Promise<boolean>
  end(family: string, atMs: number): Promise<void>
  endOfDevice(device: DeviceId, atMs: number): Promise<void>
  /** Forgets the families that were rotated last, or ended, before this moment. */
  forget(beforeMs: number): Promise<void>
}
