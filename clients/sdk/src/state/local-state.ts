import { type Change, MlsDevice, type MlsModule } from '@parley/e2ee'
import { type ConversationId, fromBase64Url, type UserId } from '@parley/protocol'
import type { LocalStore, Operation, Table } from '../local-store.ts'
import { ParleyError } from '../parley-error.ts'
import type {
  AccountRecord,
  ConversationRecord,
  CursorRecord,
  MarkRecord,
  OutboxRecord,
  PersonRecord,
} from './records.ts'
import { markKey, mlsKey, parseRow, put, remove } from './rows.ts'
import { Transaction } from './transaction.ts'

const pageRows = 1_000

/**
 * The one writer of the store, and the part of it that stays in memory: everything but messages
 * and drafts. Changes happen in transactions, one after another.
 */
export class LocalState {
  readonly store: LocalStore
  account: AccountRecord | undefined
  cursor: CursorRecord | undefined
  readonly conversations = new Map<ConversationId, ConversationRecord>()
  readonly people = new Map<UserId, PersonRecord>()
  readonly outbox = new Map<ConversationId, readonly OutboxRecord[]>()
  readonly marks = new Map<string, MarkRecord>()
  readonly #publish: (done: Transaction) => void
  readonly #loadMls: () => Promise<MlsModule>
  #module: Promise<MlsModule> | undefined
  #mls: MlsDevice | undefined
  #last: Promise<unknown> = Promise.resolve()
  #isClosed = false

  static async open(options: LocalStateOptions): Promise<LocalState> {
    const state = new LocalState(options)
    await state.#load()
    return state
  }

  private constructor({ store, loadMls, publish }: LocalStateOptions) {
    this.store = store
    this.#loadMls = loadMls
    this.#publish = publish
  }

  /** The encryption state; `ensureMls` comes first. */
  get mls(): MlsDevice {
    if (this.#mls === undefined) throw new ParleyError('internal', 'encryption is not loaded')
    return this.#mls
  }

  get hasMls(): boolean {
    return this.#mls !== undefined
  }

  async module(): Promise<MlsModule> {
    this.#module ??= this.#loadMls()
    try {
      return await this.#module
    } catch (cause) {
      this.#module = undefined
      throw new ParleyError('offline', 'the encryption engine could not be loaded', { cause })
    }
  }

  /** Opens what the store has of the encryption state. False when there is nothing yet. */
  async ensureMls(): Promise<boolean> {
    if (this.#mls !== undefined) return true
    if ((this.account?.deviceKey ?? null) === null) return false
    const module = await this.module()
    return await this.exclusive(async () => {
      this.#mls ??= await this.#openMls(module)
      return true
    })
  }

  /** A device that was made just now; its entries come with the transaction that calls this. */
  adoptMls(mls: MlsDevice): void {
    this.#mls = mls
  }

  /**
   * Runs `act`, then stores what it has changed in one step, then tells everybody. When it throws,
   * or the store does, nothing has changed.
   */
  async transact<Value>(act: (transaction: Transaction) => Promise<Value> | Value): Promise<Value> {
    return await this.exclusive(async () => {
      const transaction = new Transaction(this)
      try {
        const value = await act(transaction)
        const changes = this.#mls?.takeChanges() ?? []
        const operations = [
          ...transaction.operations,
          ...conversationRows(transaction),
          ...changes.map(mlsOperation),
        ]
        if (operations.length > 0) await this.store.write(operations)
        this.#merge(transaction)
        return value
      } catch (error) {
        await this.#reopenMls()
        throw error
      }
    })
  }

  /** One at a time, in the order of the calls. */
  async exclusive<Value>(act: () => Promise<Value>): Promise<Value> {
    if (this.#isClosed) throw new ParleyError('closed')
    const turn = this.#last.then(act)
    this.#last = turn.catch(() => {})
    return await turn
  }

  /** Empties everything, the store first. */
  async forget(): Promise<void> {
    await this.exclusive(async () => {
      await this.store.clear()
      this.#dropMls()
      this.account = undefined
      this.cursor = undefined
      this.conversations.clear()
      this.people.clear()
      this.outbox.clear()
      this.marks.clear()
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#last
    this.#dropMls()
    await this.store[Symbol.asyncDispose]()
  }

  #merge(done: Transaction): void {
    if (done.account !== undefined) this.account = done.account
    if (done.cursor !== undefined) this.cursor = done.cursor
    for (const [id, record] of done.conversations)
      if (record === null) this.conversations.delete(id)
      else this.conversations.set(id, record)
    for (const [user, person] of done.people) this.people.set(user, person)
    for (const [id, entries] of done.outbox)
      if (entries.length === 0) this.outbox.delete(id)
      else this.outbox.set(id, entries)
    for (const [key, mark] of done.marks) this.marks.set(key, mark)
    this.#publish(done)
    for (const act of done.later) act()
  }

  async #load(): Promise<void> {
    const account = await this.store.get('state', 'account')
    if (account !== undefined) this.account = parseRow(account)
    const cursor = await this.store.get('state', 'cursor')
    if (cursor !== undefined) this.cursor = parseRow(cursor)
    for await (const value of this.#rowsOf('conversations')) {
      const record = parseRow<ConversationRecord>(value)
      this.conversations.set(record.id, record)
    }
    for await (const value of this.#rowsOf('people')) {
      const person = parseRow<PersonRecord>(value)
      this.people.set(person.user, person)
    }
    for await (const value of this.#rowsOf('outbox')) {
      const entry = parseRow<OutboxRecord>(value)
      this.outbox.set(entry.conversation, [...(this.outbox.get(entry.conversation) ?? []), entry])
    }
    for await (const value of this.#rowsOf('marks')) {
      const mark = parseRow<MarkRecord>(value)
      this.marks.set(markKey(mark.conversation, mark.device), mark)
    }
  }

  async *#rowsOf(table: Table): AsyncGenerator<Uint8Array> {
    for await (const { value } of this.#pages(table)) yield value
  }

  async *#pages(table: Table) {
    let from = ''
    for (;;) {
      const page = await this.store.range(table, { from, limit: pageRows })
      yield* page
      const last = page.at(-1)
      if (last === undefined || page.length < pageRows) return
      from = `${last.key}\0`
    }
  }

  /** After a failure the engine may be ahead of the store: the store is what counts. */
  async #reopenMls(): Promise<void> {
    if (this.#mls === undefined) return
    this.#dropMls()
    if ((this.account?.deviceKey ?? null) !== null)
      this.#mls = await this.#openMls(await this.module())
  }

  async #openMls(module: MlsModule): Promise<MlsDevice> {
    const { user, device, deviceKey } = this.account ?? {}
    if (user === undefined || device === undefined || deviceKey === undefined || deviceKey === null)
      throw new ParleyError('signed-out')
    const entries: [Uint8Array, Uint8Array][] = []
    for await (const { key, value } of this.#pages('mls')) entries.push([fromBase64Url(key), value])
    return MlsDevice.open({ module, user, device, deviceKey: fromBase64Url(deviceKey), entries })
  }

  #dropMls(): void {
    this.#mls?.[Symbol.dispose]()
    this.#mls = undefined
  }
}

export interface LocalStateOptions {
  readonly store: LocalStore
  readonly loadMls: () => Promise<MlsModule>
  /** Told of each transaction after it was stored. Must not throw. */
  readonly publish: (done: Transaction) => void
}

function conversationRows({ conversations }: Transaction): readonly Operation[] {
  return [...conversations].map(([id, record]) =>
    record === null ? remove('conversations', id) : put('conversations', id, record),
  )
}

function mlsOperation([key, value]: Change): Operation {
  const name = mlsKey(key)
  return value === null
    ? { kind: 'delete', table: 'mls', key: name }
    : { kind: 'put', table: 'mls', key: name, value }
}
