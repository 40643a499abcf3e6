/** What the server keeps of a refresh token. */
export interface RefreshToken {
  readonly family: string
  /** SHA-256 of the secret part. */
  readonly hash: Uint8Array
}

export interface NewRefreshToken extends RefreshToken {
  readonly token: string
}

/**
 * Makes refresh tokens: the name of a family and 32 secret bytes. The successor of a token is derived
 * from it with a key of the server, so that a lost answer can be given again although no token is
 * stored.
 */
export interface RefreshTokens {
  mint(): NewRefreshToken
  /** Undefined for what is no token. */
  read(token: string): RefreshToken | undefined
  /** The successor by the newest key of the ring first, then those by older keys. */
  successors(token: string): readonly NewRefreshToken[]
}
