import { decodeCommandEnvelope, encodeCommandEnvelope } from '@parley/protocol'
import { SeededRandom } from '@parley/testing'
import { evolve, standingOf } from '../../src/domain/conversation.ts'
import type { Sabotage } from './simulated-cluster.ts'

/**
 * Hard rules of the write path, each broken on purpose. A simulation that finds nothing proves
 * nothing: every one of these must be noticed.
 */
export const sabotages: Readonly<Record<string, Sabotage>> = {
  /** Rule 1: the time of a row is that of the machine that decides. */
  'machine-clock': {
    sequencer: (parts) => {
      let timestampMs = 2_000_000
      const decide: typeof parts.machine.decide = (state, record) => {
        timestampMs += 1
        return parts.machine.decide(state, { ...record, timestampMs })
      }
      return { ...parts, machine: { ...parts.machine, decide } }
    },
  },
  /** Rule 1: a limit of the process decides. */
  'local-limit': {
    sequencer: (parts) => {
      const random = new SeededRandom(parts.store.toString().length + ownersMade())
      const decide: typeof parts.machine.decide = (state, record) =>
        parts.machine.decide(
          state,
          random.chance(0.2) ? { ...record, rules: 1, value: far(record.value) } : record,
        )
      return { ...parts, machine: { ...parts.machine, decide } }
    },
  },
  /** Rule 2: recovery reads from a replica that misses the newest row. */
  'weak-recovery': {
    sequencer: (parts) => ({
      ...parts,
      store: {
        ...parts.store,
        load: async (key) => {
          const { snapshot, rows } = await parts.store.load(key)
          return { snapshot, rows: rows.slice(0, -1) }
        },
      },
    }),
  },
  /** Rule 3: a record whose row exists is skipped. */
  'skip-below-head': {
    sequencer: (parts) => ({
      ...parts,
      store: {
        ...parts.store,
        load: async (key) => {
          const { snapshot, rows } = await parts.store.load(key)
          return { snapshot: rows.reduce(evolve, snapshot), rows: [] }
        },
      },
    }),
  },
  /** Rule 4: retries are not recognised. */
  'no-counters': {
    sequencer: (parts) => ({
      ...parts,
      machine: {
        ...parts.machine,
        decide: (state, record) => {
          const envelope = decodeCommandEnvelope(record.value)
          const value = encodeCommandEnvelope({ ...envelope, prev: 0 })
          return parts.machine.decide({ ...state, accepted: new Map() }, { ...record, value })
        },
      },
    }),
  },
  /** Rule 4: a command may overtake the one before it. */
  'no-predecessor': {
    sequencer: (parts) => ({
      ...parts,
      machine: {
        ...parts.machine,
        decide: (state, record) => {
          const envelope = decodeCommandEnvelope(record.value)
          const prev = state.accepted.get(envelope.device)?.n ?? 0
          const value = encodeCommandEnvelope({ ...envelope, prev })
          return parts.machine.decide(state, { ...record, value })
        },
      },
    }),
  },
  /** Rule 5 and 14: told to the world before it is stored. */
  'publish-before-store': {
    sequencer: (parts) => ({
      ...parts,
      store: {
        ...parts.store,
        append: async (rows) => {
          parts.store.append(rows).catch(() => {})
        },
      },
    }),
  },
  /** Rule 6: an offset is committed before the effects of its record. */
  'commit-before-effects': {
    log: (log) => ({
      index: log.index,
      async *read(signal) {
        for await (const records of log.read(signal)) {
          const last = records.at(-1)
          if (last !== undefined) await log.commit(last.position.offset + 1)
          yield records
        }
      },
      commit: (offset) => log.commit(offset),
    }),
  },
  /** Rule 7: places in the user log come from a counter beside the log. */
  'counter-beside-log': {
    userLog: (parts) => {
      let given = 0
      const decide: typeof parts.machine.decide = (state, record) => {
        given += 1
        const { state: next, effects } = parts.machine.decide({ ...state, pts: given }, record)
        return { state: next, effects }
      }
      return { ...parts, machine: { ...parts.machine, decide } }
    },
  },
  /** Rule 7: what is published again is entered again. */
  'no-dedupe-in-user-log': {
    userLog: (parts) => ({
      ...parts,
      machine: {
        ...parts.machine,
        decide: (state, record) => parts.machine.decide({ ...state, newest: new Map() }, record),
      },
    }),
  },
  /** Rule 13: membership is looked up beside the log, where a removal has not arrived yet. */
  'membership-beside-log': {
    sequencer: (parts) => ({
      ...parts,
      machine: {
        ...parts.machine,
        decide: (state, record) => {
          const memberships = new Map(
            [...state.memberships].map(([user, of]) => [user, { ...of, toSeq: null }]),
          )
          const envelope = decodeCommandEnvelope(record.value)
          const seen = { ...state, memberships, pendingRemovals: new Set<never>() }
          const value = encodeCommandEnvelope({
            ...envelope,
            standing: standingOf(seen, envelope.sender),
          })
          const { effects } = parts.machine.decide(seen, { ...record, value })
          const next = effects.store === undefined ? state : evolve(state, effects.store)
          return { state: next, effects }
        },
      },
    }),
  },
}

let made = 0
const ownersMade = () => {
  made += 1
  return made
}

/** A record that this owner alone refuses. */
function far(value: Uint8Array): Uint8Array {
  const envelope = decodeCommandEnvelope(value)
  return encodeCommandEnvelope({ ...envelope, standing: envelope.standing + 1_000_000 })
}
