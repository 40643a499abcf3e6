import type { Bus, EventLog, NewLogRecord, Session, SessionRegistry } from '@parley/engines'
import { ChatError, type UserId } from '@parley/protocol'

/** A bus that delivers at once, and notes what was said. */
export class TestBus implements Bus {
  readonly said: { readonly channel: string; readonly message: Uint8Array }[] = []
  readonly #receivers = new Map<string, Set<(message: Uint8Array) => void>>()

  publish(channel: string, message: Uint8Array): void {
    this.said.push({ channel, message })
    for (const receive of this.#receivers.get(channel) ?? []) receive(message)
  }

  async subscribe(channel: string, receive: (message: Uint8Array) => void): Promise<Disposable> {
    const receivers = this.#receivers.get(channel) ?? new Set()
    this.#receivers.set(channel, receivers.add(receive))
    return { [Symbol.dispose]: () => void receivers.delete(receive) }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Keeps what was appended, until it is told to fail. */
export class TestLog implements Pick<EventLog, 'append'> {
  readonly records: NewLogRecord[] = []
  /** Sizes of the calls. */
  readonly batches: number[] = []
  failure: ChatError | undefined
  /** Holds appends back until it resolves. */
  gate: Promise<void> | undefined

  async append(_: string, records: readonly NewLogRecord[]) {
    await this.gate
    if (this.failure !== undefined) throw this.failure
    this.records.push(...records)
    this.batches.push(records.length)
    return records.map((_, offset) => ({ generation: 1, offset }))
  }
}

/** Who is announced now. */
export class TestRegistry implements SessionRegistry {
  readonly sessions = new Map<string, Session>()
  isAway = false

  async announce(sessions: readonly Session[]): Promise<void> {
    if (this.isAway) throw new ChatError('unavailable', 'the registry is away')
    for (const session of sessions) this.sessions.set(session.connection, session)
  }

  async withdraw(sessions: readonly Session[]): Promise<void> {
    for (const { connection } of sessions) this.sessions.delete(connection)
  }

  async sessionsOf(): Promise<ReadonlyMap<UserId, readonly Session[]>> {
    return new Map()
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
