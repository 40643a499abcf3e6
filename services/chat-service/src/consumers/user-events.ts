import type { LogPartition } from '@parley/engines'
import { isUserId, type UserId } from '@parley/protocol'
import {
  emptyUserLog,
  enter,
  type UserLog,
  type UserLogEvent,
  withEntry,
} from '../domain/user-log.ts'
import type { UserLogEntry, UserLogStore } from '../domain/user-log-store.ts'
import type { EventSink } from '../state-machine/event-sink.ts'
import { PartitionOwner } from '../state-machine/partition-owner.ts'
import type { StateMachine } from '../state-machine/state-machine.ts'
import type { StateStore } from '../state-machine/state-store.ts'

/** The consumer of topic `user-events`: gives every event its place in the log of its user. */
export function userEventsConsumer({
  log,
  entries,
  deliveries,
}: {
  readonly log: LogPartition
  readonly entries: UserLogStore
  readonly deliveries: EventSink<UserLogEvent>
}): PartitionOwner<UserLog, UserLogEntry, UserLogEvent> {
  return new PartitionOwner({
    machine: userLog,
    log,
    store: userLogStore(entries),
    sink: deliveries,
  })
}

export const userLog: StateMachine<UserLog, UserLogEntry, UserLogEvent> = {
  decide(state, record) {
    const { state: next, entry, publish } = enter(state, record)
    return { state: next, effects: { store: entry, publish } }
  },
  evolve: withEntry,
  positionOf: ({ source }) => source,
  identify: ({ pts, conversation, seq }) => `${pts}:${conversation}:${seq}`,
  poisoned: () => [],
}

/** More than the sequencer can publish again after a crash. */
const entriesReadBack = 2_048

export function userLogStore(entries: UserLogStore): StateStore<UserLog, UserLogEntry> {
  return {
    async load(key) {
      if (!isUserId(key)) return { snapshot: emptyUserLog(key as UserId), rows: [] }
      const head = await entries.head(key)
      if (head === undefined) return { snapshot: emptyUserLog(key), rows: [] }
      const known = await entries.list(
        key,
        Math.max(0, head.pts - entriesReadBack),
        entriesReadBack,
      )
      // Deliveries may be lost, so what is stored needs no repetition: the head is the snapshot.
      return { snapshot: known.reduce(withEntry, emptyUserLog(key)), rows: [] }
    },
    append: (rows) => entries.append(rows),
    saveSnapshot: async () => {}, // The newest entry is the snapshot.
  }
}
