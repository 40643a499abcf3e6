import { accountRoutes } from '@parley/protocol'
import { ParleyError } from '../parley-error.ts'
import type { Platform } from '../platform.ts'
import type { LocalState } from '../state/local-state.ts'
import { Api } from './api.ts'

/** What a sign-up, a sign-in and a renewal answer with. */
export type SessionAnswer = ReturnType<typeof accountRoutes.refresh.answer.parse>

export interface SessionOptions {
  readonly url: string
  readonly platform: Platform
  readonly state: LocalState
  /** The server has ended the session. */
  readonly onEnded: (reason: 'expired' | 'revoked') => void
}

interface Token {
  readonly text: string
  /** At two thirds of its life. */
  readonly renewAtMs: number
  readonly endsAtMs: number
}

/** The tokens of this device: one to show, in memory, and one to renew it with, in the store. */
export class Session {
  readonly api: Api
  readonly #options: SessionOptions
  #token: Token | undefined
  #renewal: Promise<string> | undefined

  constructor(options: SessionOptions) {
    this.#options = options
    const { url, platform } = options
    this.api = new Api({
      url,
      platform,
      token: () => this.token(),
      onRefusedToken: () => this.forgetToken(),
    })
  }

  /** When the token of now should be renewed on a socket, in ms since 1970. */
  get renewAtMs(): number {
    return this.#token?.renewAtMs ?? 0
  }

  forgetToken(): void {
    this.#token = undefined
  }

  /** A token that is not past two thirds of its life. */
  async token(): Promise<string> {
    const nowMs = this.#options.platform.clock.nowMs()
    if (this.#token !== undefined && nowMs < this.#token.renewAtMs) return this.#token.text
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = undefined
    })
    try {
      return await this.#renewal
    } catch (error) {
      // It is good for a while yet when user-service rests.
      const isOld = this.#token === undefined || nowMs >= this.#token.endsAtMs
      if (isOld || this.#token === undefined) throw error
      return this.#token.text
    }
  }

  /** A session has begun; its refresh token is the caller's to store. */
  adopt({ accessToken, expiresInS }: SessionAnswer): string {
    const nowMs = this.#options.platform.clock.nowMs()
    const lifeMs = expiresInS * 1_000
    this.#token = {
      text: accessToken,
      renewAtMs: nowMs + (lifeMs * 2) / 3,
      endsAtMs: nowMs + lifeMs,
    }
    return accessToken
  }

  async #renew(): Promise<string> {
    const { state, platform, onEnded } = this.#options
    const account = state.account
    if (account === undefined || account.isExpired) throw new ParleyError('signed-out')
    const { refreshToken } = account
    try {
      const answer = await this.api.call(accountRoutes.refresh, {
        body: {
          ...(refreshToken === null ? {} : { refreshToken }),
          transport: platform.credentials,
        },
      })
      // The old one works for some seconds only: the new one is kept before anything else.
      await state.transact((transaction) => {
        const current = state.account
        if (current === undefined) return
        transaction.setAccount({ ...current, refreshToken: answer.refreshToken ?? null })
      })
      return this.adopt(answer)
    } catch (error) {
      if (error instanceof ParleyError) {
        if (error.code === 'revoked') onEnded('revoked')
        if (error.code === 'unauthenticated' || error.code === 'bad-credentials') onEnded('expired')
      }
      throw error
    }
  }
}
