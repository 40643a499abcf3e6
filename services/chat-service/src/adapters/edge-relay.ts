import { setImmediate } from 'node:timers'
import type { Bus, Session, SessionRegistry } from '@parley/engines'
import { type EdgeDelivery, encodeEdgeBatch, type UserId } from '@parley/protocol'
import type { Deliveries } from '../domain/deliveries.ts'
import type { UserLogEvent } from '../domain/user-log.ts'
import type { EventSink } from '../state-machine/event-sink.ts'

/** What waits for one flush at most; the rest is left to `sync`. */
const deliveriesMax = 50_000

/**
 * Sends to the edges that hold the devices of a user. At most once: whoever is not reached finds a
 * gap and asks for it. Deliveries of one turn of the event loop go to an edge in one message.
 */
export class EdgeRelay implements EventSink<UserLogEvent>, Deliveries {
  readonly #bus: Pick<Bus, 'publish'>
  readonly #registry: Pick<SessionRegistry, 'sessionsOf'>
  #waiting: EdgeDelivery[] = []

  constructor({
    bus,
    registry,
  }: {
    readonly bus: Pick<Bus, 'publish'>
    readonly registry: Pick<SessionRegistry, 'sessionsOf'>
  }) {
    this.#bus = bus
    this.#registry = registry
  }

  async publish(events: readonly UserLogEvent[]): Promise<void> {
    for (const event of events)
      this.deliver(
        event.kind === 'entry'
          ? {
              user: event.entry.user,
              pts: event.entry.pts,
              bytes: event.message,
              isEphemeral: false,
            }
          : {
              user: event.user,
              device: event.device,
              pts: 0,
              bytes: event.frame,
              isEphemeral: false,
            },
      )
  }

  deliver(delivery: EdgeDelivery): void {
    if (this.#waiting.length >= deliveriesMax) return
    if (this.#waiting.length === 0) setImmediate(() => void this.#flush())
    this.#waiting.push(delivery)
  }

  async #flush(): Promise<void> {
    const deliveries = this.#waiting
    this.#waiting = []
    const users = [...new Set(deliveries.map(({ user }) => user))]
    const sessions = await this.#registry
      .sessionsOf(users)
      .catch((): ReadonlyMap<UserId, readonly Session[]> => new Map())
    const batches = new Map<string, EdgeDelivery[]>()
    for (const delivery of deliveries) {
      const own = sessions.get(delivery.user) ?? []
      for (const edge of own.length === 1 ? own.map(edgeOf) : new Set(own.map(edgeOf))) {
        const batch = batches.get(edge)
        if (batch === undefined) batches.set(edge, [delivery])
        else batch.push(delivery)
      }
    }
    for (const [edge, batch] of batches) this.#bus.publish(`edge:${edge}`, encodeEdgeBatch(batch))
  }
}

const edgeOf = ({ edge }: Session): string => edge
