import type { EphemeralStore } from '@parley/engines'
import type { UserId } from '@parley/protocol'

const keptMs = 30 * 24 * 3_600_000

/** When users who are not here were last seen, as far as anybody remembers. */
export class LastSeen {
  readonly #store: Pick<EphemeralStore, 'get' | 'set'>

  constructor(store: Pick<EphemeralStore, 'get' | 'set'>) {
    this.#store = store
  }

  /** 0 when it is not known. */
  async read(user: UserId): Promise<number> {
    const bytes = await this.#store.get(keyOf(user))
    return bytes === undefined ? 0 : Number(new TextDecoder().decode(bytes))
  }

  write(user: UserId, atMs: number): Promise<void> {
    return this.#store.set(keyOf(user), new TextEncoder().encode(String(atMs)), keptMs)
  }
}

const keyOf = (user: UserId): string => `last-seen:${user}`
