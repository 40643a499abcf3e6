import { type Accessor, batch, createMemo, createRoot, createSignal, type Setter } from 'solid-js'
import { createStore, produce, reconcile, type SetStoreFunction } from 'solid-js/store'
import type { Chat } from '../chat/chat.ts'
import type { MessageView } from '../chat/views.ts'
import { type Layout, layOut, type Row, sortMessages } from './rows.ts'

const pageMessages = 60
/** What a chat keeps in the tab while another one is open. */
const keptMessages = 600

/**
 * The messages of one chat that this tab holds: a window without gaps that ends at the newest one
 * and grows upwards. Rows have keys that never change, so the virtual list keeps their elements.
 */
export class Timeline {
  readonly conversation: string
  readonly #chat: Chat
  readonly #messages: Record<string, MessageView>
  readonly #setMessages: SetStoreFunction<Record<string, MessageView>>
  readonly #order: Accessor<readonly string[]>
  readonly #setOrder: Setter<readonly string[]>
  readonly #isStart: Accessor<boolean>
  readonly #setStart: Setter<boolean>
  readonly #unreadAfter: Accessor<number | undefined>
  readonly #setUnreadAfter: Setter<number | undefined>
  #loading: Promise<void> | undefined
  #isLoaded = false
  /** What came in while the first page was on its way, which may be older than this. */
  #meanwhile: MessageView[] = []
  /** The values that the layout is made from, without the cost of tracking each. */
  readonly #plain = new Map<string, MessageView>()
  readonly #layout: Accessor<Layout>

  constructor(chat: Chat, conversation: string) {
    this.#chat = chat
    this.conversation = conversation
    ;[this.#messages, this.#setMessages] = createStore<Record<string, MessageView>>({})
    ;[this.#order, this.#setOrder] = createSignal<readonly string[]>([])
    ;[this.#isStart, this.#setStart] = createSignal(false)
    ;[this.#unreadAfter, this.#setUnreadAfter] = createSignal<number | undefined>(undefined)
    this.#layout = createRoot(() =>
      createMemo(() =>
        layOut({
          messages: this.#order().flatMap((id) => this.#plain.get(id) ?? []),
          unreadAfter: this.#unreadAfter(),
          isStart: this.#isStart(),
        }),
      ),
    )
  }

  get keys(): readonly string[] {
    return this.#layout().keys
  }

  get isStart(): boolean {
    return this.#isStart()
  }

  row(key: string): Row | undefined {
    return this.#layout().rows.get(key)
  }

  message(id: string): MessageView | undefined {
    return this.#messages[id]
  }

  get newest(): MessageView | undefined {
    const id = this.#order().at(-1)
    return id === undefined ? undefined : this.#plain.get(id)
  }

  /** The line "New messages" stands below this one until the chat is left. */
  showUnreadAfter(seq: number | undefined): void {
    this.#setUnreadAfter(seq)
  }

  /** Gets the newest page once. */
  async load(): Promise<void> {
    if (this.#isLoaded) return
    await this.#once(async () => {
      const page = await this.#chat.timeline({
        conversation: this.conversation,
        limit: pageMessages,
      })
      this.#isLoaded = true
      batch(() => {
        this.#setStart(page.isStart)
        this.put(page.messages)
        this.put(this.#meanwhile)
        this.#meanwhile = []
      })
    })
  }

  /** New messages, and changed ones, as they are told. Nothing before somebody looked. */
  take(messages: readonly MessageView[]): void {
    if (this.#isLoaded) this.put(messages)
    else if (this.#loading !== undefined) this.#meanwhile.push(...messages)
  }

  /**
   * After a time without connection: when the newest page does not touch what is held, there is a
   * gap, and the page takes its place.
   */
  async refresh(): Promise<void> {
    if (!this.#isLoaded) return
    const page = await this.#chat.timeline({ conversation: this.conversation, limit: pageMessages })
    const isTouching =
      page.isStart || page.messages.some(({ id, seq }) => seq !== undefined && this.#plain.has(id))
    batch(() => {
      if (!isTouching) {
        this.drop(this.#order())
        this.#setStart(page.isStart)
      }
      this.put(page.messages)
    })
  }

  /** Gets one older page; true when something came. */
  async loadOlder(): Promise<boolean> {
    const [first = ''] = this.#order()
    const before = this.#plain.get(first)?.seq
    if (this.isStart || before === undefined || this.#loading !== undefined) return false
    await this.#once(async () => {
      const page = await this.#chat.timeline({
        conversation: this.conversation,
        before,
        limit: pageMessages,
      })
      batch(() => {
        this.#setStart(page.isStart)
        this.put(page.messages)
      })
    })
    return true
  }

  put(messages: readonly MessageView[]): void {
    batch(() => {
      let isLayoutKept = true
      for (const message of messages) {
        const before = this.#plain.get(message.id)
        isLayoutKept &&=
          before !== undefined &&
          before.seq === message.seq &&
          before.atMs === message.atMs &&
          before.content.kind === message.content.kind
        this.#plain.set(message.id, message)
        this.#setMessages(message.id, reconcile(structuredClone(message)))
      }
      if (!isLayoutKept)
        this.#setOrder((ids) =>
          sortMessages([...new Set([...ids, ...messages.map(({ id }) => id)])], this.#plain),
        )
    })
  }

  drop(ids: readonly string[]): void {
    const gone = new Set(ids)
    this.#meanwhile = this.#meanwhile.filter(({ id }) => !gone.has(id))
    batch(() => {
      for (const id of ids) this.#plain.delete(id)
      this.#setOrder((order) => order.filter((id) => !gone.has(id)))
      this.#setMessages(
        produce((messages) => {
          for (const id of ids) delete messages[id]
        }),
      )
    })
  }

  /** The chat is left: what was far above is forgotten and read again when it is wanted. */
  leave(): void {
    batch(() => {
      this.showUnreadAfter(undefined)
      const tooMany = this.#order().slice(0, -keptMessages)
      if (tooMany.length === 0) return
      this.#setStart(false)
      this.drop(tooMany)
    })
  }

  async #once(load: () => Promise<void>): Promise<void> {
    this.#loading ??= load().finally(() => {
      this.#loading = undefined
    })
    await this.#loading
  }
}
