import type { LogPartition } from '@parley/engines'
import {
  ChatError,
  type CommandEnvelope,
  type ConversationId,
  encodeCommandEnvelope,
  encodeMessage,
  encodeUserEvent,
  encodeUserEventOfMessage,
  limits,
  type StoredMessage,
  type UserId,
} from '@parley/protocol'
import type { SimulatedProcess, SimulatedWorld } from '@parley/testing'
import { conversationStore, sequencer } from '../../src/consumers/commands.ts'
import { userLog, userLogStore } from '../../src/consumers/user-events.ts'
import type { Conversation } from '../../src/domain/conversation.ts'
import type { ConversationEvent } from '../../src/domain/conversation-event.ts'
import type { UserLog, UserLogEvent } from '../../src/domain/user-log.ts'
import type { UserLogEntry } from '../../src/domain/user-log-store.ts'
import type { EventSink } from '../../src/state-machine/event-sink.ts'
import { MemoryMessageRows, MemoryUserLog } from './memory-stores.ts'
import { type Parts, SimulatedPartition, type Tally } from './simulated-partition.ts'

type SequencerParts = Parts<Conversation, StoredMessage, ConversationEvent>
type UserLogParts = Parts<UserLog, UserLogEntry, UserLogEvent>

/** One rule of the write path, broken on purpose. */
export interface Sabotage {
  readonly log?: (log: LogPartition) => LogPartition
  readonly sequencer?: (parts: SequencerParts) => SequencerParts
  readonly userLog?: (parts: UserLogParts) => UserLogParts
}

/** Both uses of the state machine, joined by a log, over a store and a network that misbehave. */
export class SimulatedCluster {
  readonly published: ConversationEvent[] = []
  readonly delivered: UserLogEvent[] = []
  readonly #world: SimulatedWorld
  readonly #messages = new MemoryMessageRows()
  readonly #entries = new MemoryUserLog()
  readonly #commands: SimulatedPartition<Conversation, StoredMessage, ConversationEvent>
  readonly #userEvents: SimulatedPartition<UserLog, UserLogEntry, UserLogEvent>

  constructor(world: SimulatedWorld, tally: Tally, sabotage: Sabotage) {
    this.#world = world
    this.#commands = new SimulatedPartition({
      world,
      tally,
      partsFor: (process) => change(sabotage.sequencer, this.#sequencerParts(process)),
      sabotage: sabotage.log,
    })
    this.#userEvents = new SimulatedPartition({
      world,
      tally,
      partsFor: (process) => change(sabotage.userLog, this.#userLogParts(process)),
      sabotage: sabotage.log,
    })
  }

  produce(envelope: CommandEnvelope): void {
    const value = encodeCommandEnvelope(envelope)
    this.#commands.produce({ key: envelope.conversation, value, rules: 1 })
  }

  takeOver({ oldOwner }: { readonly oldOwner: 'dies' | 'lives on' }): void {
    const partition = this.#world.random.chance(0.6) ? this.#commands : this.#userEvents
    partition.takeOver({ oldOwner })
  }

  /** Everybody who is left is right. */
  heal(): void {
    for (const partition of [this.#commands, this.#userEvents]) {
      partition.endZombies()
      partition.takeOver({ oldOwner: 'dies' })
    }
  }

  allMessages(conversation: ConversationId): Promise<readonly StoredMessage[]> {
    return this.#messages.list({
      conversation,
      fromSeq: 1,
      toSeq: Number.MAX_SAFE_INTEGER,
      order: 'oldest-first',
      limit: limits.storePageRows,
    })
  }

  allEntries(user: UserId): Promise<readonly UserLogEntry[]> {
    return this.#entries.list(user, 0, Number.MAX_SAFE_INTEGER)
  }

  #sequencerParts(process: SimulatedProcess): SequencerParts {
    const world = this.#world
    const rows = this.#messages
    const store = conversationStore({
      append: (messages) => world.call(process, () => rows.append(messages)),
      list: (range) => world.call(process, () => rows.list(range)),
      loadSnapshot: (id) => world.call(process, () => rows.loadSnapshot(id)),
      saveSnapshot: (id, snapshot) => world.call(process, () => rows.saveSnapshot(id, snapshot)),
    })
    const sink = this.#sinkFor(process, (event: ConversationEvent) => {
      this.published.push(event)
      this.#toUserEvents(event)
    })
    return { machine: sequencer, store, sink }
  }

  #userLogParts(process: SimulatedProcess): UserLogParts {
    const world = this.#world
    const entries = this.#entries
    const store = userLogStore({
      append: (rows) => world.call(process, () => entries.append(rows)),
      head: (user) => world.call(process, () => entries.head(user)),
      list: (user, since, limit) => world.call(process, () => entries.list(user, since, limit)),
      trim: () => entries.trim(),
    })
    const sink = {
      publish: async (events: readonly UserLogEvent[]) => {
        // At most once: the edge or the bus may lose it, and nobody is told.
        if (process.isAlive) this.delivered.push(...events.filter(() => world.random.chance(0.9)))
      },
    }
    return { machine: userLog, store, sink }
  }

  #sinkFor<Event>(process: SimulatedProcess, arrive: (event: Event) => void): EventSink<Event> {
    const world = this.#world
    return {
      publish: (events) =>
        world.call(process, async () => {
          const isCut = world.random.chance(world.faultProbability)
          for (const event of isCut ? events.slice(0, world.random.below(events.length)) : events)
            arrive(event)
          if (isCut) throw new ChatError('unavailable', 'simulated fault')
        }),
    }
  }

  #toUserEvents(event: ConversationEvent): void {
    switch (event.kind) {
      case 'message': {
        const value = encodeUserEventOfMessage(encodeMessage(event.message))
        for (const key of event.to) this.#userEvents.produce({ key, value, rules: 0 })
        return
      }
      case 'ack':
      case 'nack': {
        const { to: key, device, ...answer } = event
        const value =
          answer.kind === 'ack'
            ? encodeUserEvent({ kind: 'ack', device, ack: answer })
            : encodeUserEvent({ kind: 'nack', device, nack: answer })
        this.#userEvents.produce({ key, value, rules: 0 })
        return
      }
      case 'welcome':
      case 'dead-letter':
        return
    }
  }
}

function change<T>(sabotage: ((parts: T) => T) | undefined, parts: T): T {
  return sabotage?.(parts) ?? parts
}
