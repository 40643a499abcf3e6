import type { LogPartition, LogRecord } from '@parley/engines'
import { ChatError, comparePositions, type LogPosition } from '@parley/protocol'
import { currentRules } from '../domain/rules.ts'

/** Where in a partition an edition of the rules came into force. */
export interface EditionChange {
  readonly position: LogPosition
  readonly edition: number
}

/**
 * The changes of a partition, kept because a record may be decided again long after.
 *
 * - Consistency. `list` returns every change whose `put` has resolved before, in any process.
 * - Idempotency. Putting a change again changes nothing.
 * - Errors. `ChatError('unavailable')`: the outcome of a put is unknown; putting again is right.
 */
export interface EditionStore {
  list(partition: number): Promise<readonly EditionChange[]>
  put(partition: number, change: EditionChange): Promise<void>
}

/**
 * Of a control record; its header names the edition, and its number only picks the partition. No
 * conversation has such a key, so no gateway writes such a record.
 */
const controlKey = /^rules:\d+$/
const firstEdition = 1

/**
 * The partition with each record under the edition that is in force where it stands. Which one that
 * is, the log says by control records, and it is never lowered. What a command's own header names
 * is how to read it: gateways of two versions may write two copies of one command, and both must
 * be decided alike (architecture, rule 1).
 */
export function underEditionInForce(
  log: LogPartition,
  store: EditionStore,
  newestKnown = currentRules,
): LogPartition {
  return {
    index: log.index,
    commit: (offset) => log.commit(offset),
    async *read(signal) {
      const changes = [...(await store.list(log.index))]
      for await (const records of log.read(signal)) {
        const commands: LogRecord[] = []
        for (const record of records) {
          const { position, rules } = record
          // A program that is too old must stop, not reject: its successor will accept the record.
          if (rules > newestKnown)
            throw new ChatError('partition-halted', `rules ${rules} are newer than this program`)
          const inForce = editionAt(changes, position)
          if (!controlKey.test(record.key)) commands.push({ ...record, rules: inForce })
          else if (rules > inForce) {
            // Before the first record that it rules over, which may be read again at any time.
            await store.put(log.index, { position, edition: rules })
            changes.push({ position, edition: rules })
          }
        }
        if (commands.length > 0) yield commands
      }
    },
  }
}

function editionAt(changes: readonly EditionChange[], position: LogPosition): number {
  let edition = firstEdition
  for (const change of changes)
    if (comparePositions(change.position, position) < 0) edition = Math.max(edition, change.edition)
  return edition
}
