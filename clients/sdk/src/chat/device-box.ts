import { type ConversationId, chatRoutes, limits } from '@parley/protocol'
import { type Api, bytesOf } from '../net/api.ts'

export interface Welcome {
  readonly id: number
  readonly conversation: ConversationId
  /** The message that brings this device in. */
  readonly seq: number
  readonly welcome: Uint8Array
  readonly tree: Uint8Array
}

const keyOf = (conversation: ConversationId, seq: number) => `${conversation}/${seq}`

/**
 * What the server keeps for this device alone: its way into conversations. Entries are read once
 * and given up when all before them were used, or are of no use.
 */
export class DeviceBox {
  readonly #api: Api
  readonly #entries = new Map<string, Welcome>()
  /** Ids of entries that were read and not used yet, and the newest id that was read. */
  readonly #open = new Set<number>()
  #readUpTo = 0
  #acknowledged = 0

  constructor(api: Api) {
    this.#api = api
  }

  /** Reads what is new. */
  async read(): Promise<void> {
    for (;;) {
      const page = await this.#api.call(chatRoutes.listDeviceBox, {
        query: { after: this.#readUpTo, limit: limits.deviceBoxPageEntries },
      })
      for (const { id, conversation, seq, welcome, tree } of page.entries) {
        const entry = { id, conversation, seq, welcome: bytesOf(welcome), tree: bytesOf(tree) }
        this.#entries.set(keyOf(conversation, seq), entry)
        this.#open.add(id)
        this.#readUpTo = Math.max(this.#readUpTo, id)
      }
      if (page.isEnd || page.entries.length === 0) return
    }
  }

  /** Reads when it is not there yet. */
  async ensure(conversation: ConversationId, seq: number): Promise<void> {
    if (this.find(conversation, seq) === undefined) await this.read()
  }

  find(conversation: ConversationId, seq: number): Welcome | undefined {
    return this.#entries.get(keyOf(conversation, seq))
  }

  /** The oldest one of a conversation that was read and not used. */
  first(conversation: ConversationId): Welcome | undefined {
    let first: Welcome | undefined
    for (const entry of this.#entries.values())
      if (entry.conversation === conversation && (first === undefined || entry.seq < first.seq))
        first = entry
    return first
  }

  /** What the conversation has up to `seq` is stored: its entries are not needed any more. */
  settle(conversation: ConversationId, seq: number): void {
    for (const [key, entry] of this.#entries)
      if (entry.conversation === conversation && entry.seq <= seq) {
        this.#entries.delete(key)
        this.#open.delete(entry.id)
      }
  }

  /** Lets the server forget. Losing this costs nothing: it comes again. */
  async acknowledge(): Promise<void> {
    const upTo = Math.min(this.#readUpTo, ...[...this.#open].map((id) => id - 1))
    if (upTo <= this.#acknowledged) return
    await this.#api.call(chatRoutes.acknowledgeDeviceBox, { body: { upTo } })
    this.#acknowledged = upTo
  }
}
