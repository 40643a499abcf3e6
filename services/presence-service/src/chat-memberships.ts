import {
  ChatError,
  type ConversationId,
  chatInternalRoutes,
  parseInput,
  type UserId,
} from '@parley/protocol'
import type { Clock, ServiceFetch } from '@parley/runtime'

const entriesMax = 10_000

/**
 * Who belongs to what, as chat-service says it; an answer is remembered for a few seconds, so somebody
 * who was removed sees others type for that long at most.
 */
export class ChatMemberships {
  readonly #fetch: ServiceFetch
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #rememberMs: number
  readonly #answers = new Map<
    string,
    { readonly users: Promise<ReadonlySet<UserId>>; readonly untilMs: number }
  >()

  constructor(options: {
    readonly fetch: ServiceFetch
    readonly clock: Pick<Clock, 'monotonicMs'>
    readonly rememberMs: number
  }) {
    this.#fetch = options.fetch
    this.#clock = options.clock
    this.#rememberMs = options.rememberMs
  }

  /** The members of a conversation; nobody when `user` is none of them. */
  members(conversation: ConversationId, user: UserId): Promise<ReadonlySet<UserId>> {
    const { path, answer } = chatInternalRoutes.listMembers
    const url = `${path.replace('{conversation}', conversation)}?user=${user}`
    return this.#remembered(url, async () => {
      const body = await this.#ask(url)
      return body === undefined ? [] : parseInput(answer, body).members
    })
  }

  /** Everybody who shares a conversation with `user`. */
  peers(user: UserId): Promise<ReadonlySet<UserId>> {
    const { path, answer } = chatInternalRoutes.listPeers
    const url = path.replace('{user}', user)
    return this.#remembered(url, async () => {
      const body = await this.#ask(url)
      return body === undefined ? [] : parseInput(answer, body).users
    })
  }

  #remembered(key: string, read: () => Promise<readonly UserId[]>): Promise<ReadonlySet<UserId>> {
    const nowMs = this.#clock.monotonicMs()
    const known = this.#answers.get(key)
    if (known !== undefined && known.untilMs > nowMs) return known.users
    const users = read().then((list) => new Set(list))
    this.#answers.delete(key)
    this.#answers.set(key, { users, untilMs: nowMs + this.#rememberMs })
    users.catch(() => this.#answers.delete(key))
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= entriesMax) break
      this.#answers.delete(oldest)
    }
    return users
  }

  /** Nothing for `not-found`. */
  async #ask(path: string): Promise<unknown> {
    const response = await this.#fetch(new Request(`http://chat-service${path}`))
    if (response.ok) return response.json()
    if (response.status === 404) return undefined
    throw new ChatError('unavailable', 'chat-service does not answer')
  }
}
