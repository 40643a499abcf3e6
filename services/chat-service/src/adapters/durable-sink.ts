import type { SqliteFile } from '@parley/engines'
import type { EventSink } from '../state-machine/event-sink.ts'

/** Passes on what leaves the process when all that led to it is durable. */
export class DurableSink<Event> implements EventSink<Event> {
  readonly #file: Pick<SqliteFile, 'durable'>
  readonly #sink: EventSink<Event>

  constructor(file: Pick<SqliteFile, 'durable'>, sink: EventSink<Event>) {
    this.#file = file
    this.#sink = sink
  }

  async publish(events: readonly Event[]): Promise<void> {
    await this.#file.durable()
    await this.#sink.publish(events)
  }
}
