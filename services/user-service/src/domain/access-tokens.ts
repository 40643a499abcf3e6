import type { DeviceId, UserId } from '@parley/protocol'

export interface AccessToken {
  readonly token: string
  readonly expiresInS: number
}

/** Signs access tokens. Errors: `unavailable`. */
export interface AccessTokens {
  issue(session: {
    readonly user: UserId
    readonly device: DeviceId
    readonly sessionVersion: number
  }): Promise<AccessToken>
  /** RFC 7517: every key whose tokens may still be valid, and the next one. */
  publicKeys(): { keys: Record<string, unknown>[] }
}
