/** A key that signs access tokens from `activeFromMs` until the one after it does. */
export interface SigningKey {
  /** Counts from 1. */
  readonly number: number
  readonly kid: string
  readonly activeFromMs: number
  /** JSON Web Key of the public half. */
  readonly publicJwk: string
  /** JSON Web Key of the private half, sealed. */
  readonly sealed: Uint8Array
  readonly sealedBy: string
}

/** Errors: `unavailable`. */
export interface SigningKeys {
  /** By rising number. */
  list(): Promise<readonly SigningKey[]>
  /** False when another process has made a key of that number: its key is the one. */
  add(key: SigningKey): Promise<boolean>
  remove(number: number): Promise<void>
}
