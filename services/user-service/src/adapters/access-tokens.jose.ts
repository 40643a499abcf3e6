import { Buffer } from 'node:buffer'
import { type Clock, tokenAlgorithm, tokenAudience, tokenIssuer, tokenType } from '@parley/runtime'
import { CompactSign, exportJWK, generateKeyPair, importJWK } from 'jose'
import { z } from 'zod'
import type { AccessToken, AccessTokens } from '../domain/access-tokens.ts'
import type { SigningKey, SigningKeys } from '../domain/signing-keys.ts'
import type { Sealer } from './sealer.ts'

export const accessTokenS = 600
const dayMs = 24 * 3_600_000
export const signingKeyMs = 30 * dayMs
/** A key stays known for so long after the next has taken over. */
export const keptAfterwardsMs = dayMs
const keysMax = 8

type PrivateKey = Awaited<ReturnType<typeof importJWK>>
const jwkShape = z.record(z.string(), z.unknown())

/** EdDSA tokens (RFC 9068). The current and the next key are in the database, sealed. */
export class JoseAccessTokens implements AccessTokens {
  readonly #store: SigningKeys
  readonly #sealer: Sealer
  readonly #clock: Pick<Clock, 'nowMs'>
  readonly #privateKeys = new Map<number, PrivateKey>()
  #keys: readonly SigningKey[] = []

  private constructor(store: SigningKeys, sealer: Sealer, clock: Pick<Clock, 'nowMs'>) {
    this.#store = store
    this.#sealer = sealer
    this.#clock = clock
  }

  static async open(
    store: SigningKeys,
    sealer: Sealer,
    clock: Pick<Clock, 'nowMs'>,
  ): Promise<JoseAccessTokens> {
    const tokens = new JoseAccessTokens(store, sealer, clock)
    await tokens.rotate()
    return tokens
  }

  /** Makes the key that comes next, and forgets those that nobody needs. Call it every hour. */
  async rotate(): Promise<void> {
    const nowMs = this.#clock.nowMs()
    let keys = await this.#store.list()
    for (let made = 0; made < keysMax; made += 1) {
      const last = keys.at(-1)
      if (last !== undefined && last.activeFromMs > nowMs) break
      const overdueMs = last === undefined ? nowMs : last.activeFromMs + signingKeyMs
      // The first key signs at once; after a long pause so does the next one.
      await this.#store.add(await this.#newKey((last?.number ?? 0) + 1, overdueMs))
      keys = await this.#store.list()
    }
    for (const [index, { number }] of keys.entries()) {
      const next = keys[index + 1]
      if (next === undefined || next.activeFromMs + keptAfterwardsMs > nowMs) break
      await this.#store.remove(number)
    }
    this.#keys = await this.#store.list()
  }

  async issue({ user, device, sessionVersion }: Parameters<AccessTokens['issue']>[0]) {
    const nowS = Math.floor(this.#clock.nowMs() / 1000)
    const current = this.#current()
    const claims = {
      iss: tokenIssuer,
      aud: tokenAudience,
      sub: user,
      sid: device,
      sv: sessionVersion,
      scp: 'account',
      iat: nowS,
      exp: nowS + accessTokenS,
    }
    const token = await new CompactSign(Buffer.from(JSON.stringify(claims)))
      .setProtectedHeader({ alg: tokenAlgorithm, typ: tokenType, kid: current.kid })
      .sign(await this.#privateKey(current))
    return { token, expiresInS: accessTokenS } satisfies AccessToken
  }

  publicKeys(): { keys: Record<string, unknown>[] } {
    return { keys: this.#keys.map(({ publicJwk }) => jwkShape.parse(JSON.parse(publicJwk))) }
  }

  #current(): SigningKey {
    const nowMs = this.#clock.nowMs()
    const current = this.#keys.findLast(({ activeFromMs }) => activeFromMs <= nowMs)
    // After a step back of the clock the oldest key has not begun yet.
    const key = current ?? this.#keys[0]
    if (key === undefined) throw new Error('there is no signing key')
    return key
  }

  async #privateKey({ number, kid, sealed, sealedBy }: SigningKey): Promise<PrivateKey> {
    const known = this.#privateKeys.get(number)
    if (known !== undefined) return known
    const jwk = jwkShape.parse(
      JSON.parse(Buffer.from(this.#sealer.open(sealed, kid, sealedBy)).toString()),
    )
    const key = await importJWK({ ...jwk, kty: 'OKP' }, tokenAlgorithm)
    this.#privateKeys.set(number, key)
    return key
  }

  async #newKey(number: number, activeFromMs: number): Promise<SigningKey> {
    const pair = await generateKeyPair(tokenAlgorithm, { crv: 'Ed25519', extractable: true })
    const kid = `${number}-${activeFromMs.toString(36)}`
    const publicJwk = { ...(await exportJWK(pair.publicKey)), kid, use: 'sig', alg: tokenAlgorithm }
    const privateJwk = JSON.stringify(await exportJWK(pair.privateKey))
    return {
      number,
      kid,
      activeFromMs,
      publicJwk: JSON.stringify(publicJwk),
      sealed: this.#sealer.seal(Buffer.from(privateJwk), kid),
      sealedBy: this.#sealer.keyId,
    }
  }
}
