import { createHash } from 'node:crypto'
import { ChatError, deviceIdShape, userIdShape } from '@parley/protocol'
import { compactVerify, decodeProtectedHeader, importJWK } from 'jose'
import { z } from 'zod'
import type { Clock } from './clock.ts'
import type { Caller } from './service.ts'

/** What every service of one installation pins. */
export const tokenIssuer = 'parley'
export const tokenAudience = 'parley'
export const tokenAlgorithm = 'EdDSA'
export const tokenType = 'at+jwt'

/** The caller of a request, and what else his access token says. */
export interface VerifiedToken extends Caller {
  /** Rises when the sessions of the device are ended. */
  readonly sessionVersion: number
  readonly scope: string
  readonly expiresAtMs: number
}

/** Rejects with `unauthenticated`, `revoked`, or `unavailable` when the keys cannot be had. */
export type VerifyToken = (token: string) => Promise<VerifiedToken>

export interface TokenVerifierOptions {
  /** The JSON Web Key Set of user-service (RFC 7517). */
  readonly fetchKeys: () => Promise<{ readonly keys: readonly Readonly<Record<string, unknown>>[] }>
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs'>
  /** Asked each time, also for tokens that were verified before. */
  readonly isRevoked?: (token: VerifiedToken) => boolean
}

const cachedTokensMax = 20_000
const keysMax = 16
/** An unknown key id makes us fetch again, but not more often than this. */
const fetchPauseMs = 5_000

const headerShape = z.strictObject({
  alg: z.literal(tokenAlgorithm),
  typ: z.literal(tokenType),
  kid: z.string().max(64),
})
const claimsShape = z.object({
  iss: z.literal(tokenIssuer),
  aud: z.literal(tokenAudience),
  sub: userIdShape,
  sid: deviceIdShape,
  sv: z.int().nonnegative(),
  scp: z.string(),
  exp: z.int().nonnegative(),
})

/**
 * Verifies access tokens: algorithm, type, issuer and audience are pinned, keys come from our own
 * key set alone (`jku`, `x5u`, `jwk`, `crit` and `none` are refused). A verified token is remembered by
 * its SHA-256 until it expires.
 */
export function createTokenVerifier(options: TokenVerifierOptions): VerifyToken {
  const { fetchKeys, clock, isRevoked = () => false } = options
  const verified = new Map<string, VerifiedToken>()
  const keys = new KeySet(fetchKeys, () => clock.monotonicMs())

  return async (text) => {
    const hash = createHash('sha256').update(text).digest('base64')
    const token = verified.get(hash) ?? (await verifyAnew(text))
    if (token.expiresAtMs <= clock.nowMs()) {
      verified.delete(hash)
      throw new ChatError('unauthenticated', 'the access token has expired')
    }
    if (isRevoked(token)) throw new ChatError('revoked', 'this device was revoked')
    remember(hash, token)
    return token
  }

  async function verifyAnew(text: string): Promise<VerifiedToken> {
    const kid = keyIdOf(text)
    const key = await keys.find(kid)
    if (key === undefined) throw new ChatError('unauthenticated', 'an unknown signing key')
    try {
      const { payload } = await compactVerify(text, key, { algorithms: [tokenAlgorithm] })
      const claims = claimsShape.parse(JSON.parse(new TextDecoder().decode(payload)))
      return {
        user: claims.sub,
        device: claims.sid,
        sessionVersion: claims.sv,
        scope: claims.scp,
        expiresAtMs: claims.exp * 1000,
      }
    } catch (error) {
      throw new ChatError('unauthenticated', 'not a valid access token', { cause: error })
    }
  }

  function remember(hash: string, token: VerifiedToken): void {
    if (verified.has(hash)) return
    const oldest = verified.keys().next()
    if (verified.size >= cachedTokensMax && !oldest.done) verified.delete(oldest.value)
    verified.set(hash, token)
  }
}

function keyIdOf(text: string): string {
  try {
    return headerShape.parse(decodeProtectedHeader(text)).kid
  } catch (error) {
    throw new ChatError('unauthenticated', 'not an access token', { cause: error })
  }
}

type Key = Awaited<ReturnType<typeof importJWK>>

/** The signing keys by their id; fetched when one is missing, by one fetch for all who wait. */
class KeySet {
  readonly #fetchKeys: TokenVerifierOptions['fetchKeys']
  readonly #monotonicMs: () => number
  #keys: ReadonlyMap<string, Key> = new Map()
  #fetchedAtMs: number | undefined
  #fetching: Promise<void> | undefined

  constructor(fetchKeys: TokenVerifierOptions['fetchKeys'], monotonicMs: () => number) {
    this.#fetchKeys = fetchKeys
    this.#monotonicMs = monotonicMs
  }

  async find(kid: string): Promise<Key | undefined> {
    const known = this.#keys.get(kid)
    if (known !== undefined) return known
    const nowMs = this.#monotonicMs()
    if (this.#fetchedAtMs === undefined || nowMs - this.#fetchedAtMs >= fetchPauseMs) {
      this.#fetching ??= this.#fetch(nowMs).finally(() => {
        this.#fetching = undefined
      })
      await this.#fetching
    }
    return this.#keys.get(kid)
  }

  async #fetch(nowMs: number): Promise<void> {
    try {
      const { keys } = await this.#fetchKeys()
      const found = new Map<string, Key>()
      for (const jwk of keys.slice(0, keysMax)) {
        const { kid, kty, crv } = jwk
        if (typeof kid === 'string' && kty === 'OKP' && crv === 'Ed25519')
          found.set(kid, await importJWK({ ...jwk, kty }, tokenAlgorithm))
      }
      this.#keys = found
      this.#fetchedAtMs = nowMs
    } catch (error) {
      throw new ChatError('unavailable', 'the signing keys cannot be read', {
        cause: error,
        retryAfterMs: 1_000,
      })
    }
  }
}
