import {
  ChatError,
  type ClientMark,
  chatInternalRoutes,
  errorBody,
  parseInput,
  type Sync,
  toText,
  type UserId,
} from '@parley/protocol'
import type { ServiceFetch } from '@parley/runtime'

/** What an edge asks chat-service. Errors: those of its contract, and `unavailable`. */
export class ChatQuestions {
  readonly #fetch: ServiceFetch

  constructor(fetch: ServiceFetch) {
    this.#fetch = fetch
  }

  /** Where the user log of a user stands. */
  async logHead(user: UserId): Promise<{ readonly pts: number; readonly epoch: string }> {
    const { path, answer } = chatInternalRoutes.readUserLogHead
    const response = await this.#ask(path.replace('{user}', user))
    return parseInput(answer, await response.json())
  }

  async hasBlob(hash: Uint8Array): Promise<boolean> {
    const { path, answer } = chatInternalRoutes.hasCommandBlob
    const response = await this.#ask(path.replace('{hash}', toText(hash)))
    return parseInput(answer, await response.json()).isThere
  }

  /** One page, as the bytes of a frame. */
  async syncPage(
    { since, epoch, request }: Omit<Sync, 'kind'>,
    token: string,
  ): Promise<Uint8Array> {
    const query = new URLSearchParams({ since: `${since}`, epoch, request: `${request}` })
    const response = await this.#ask(`/v1/sync?${query}`, { headers: bearer(token) })
    return new Uint8Array(await response.arrayBuffer())
  }

  async putMark(
    { conversation, version, readSeq, blob }: ClientMark,
    token: string,
  ): Promise<void> {
    await this.#ask(`/v1/conversations/${conversation}/mark`, {
      method: 'PUT',
      headers: { ...bearer(token), 'content-type': 'application/json' },
      body: JSON.stringify({ version, readSeq, blob: toText(blob) }),
    })
  }

  async #ask(path: string, init?: RequestInit): Promise<Response> {
    const response = await this.#fetch(new Request(`http://chat-service${path}`, init))
    if (response.ok) return response
    const body = errorBody.safeParse(await response.json().catch(() => undefined))
    if (!body.success) throw new ChatError('unavailable', 'chat-service does not answer')
    const { code, message, retryAfterMs } = body.data.error
    throw new ChatError(code, message, retryAfterMs === undefined ? {} : { retryAfterMs })
  }
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
