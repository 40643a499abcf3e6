import { Evidence } from './checker-evidence.ts'
import { checkSends } from './checker-sends.ts'
import { checkStreams } from './checker-streams.ts'
import { checkSurroundings } from './checker-surroundings.ts'
import type { LedgerLine } from './ledger.ts'

export type AnomalyName =
  | 'lost-write'
  | 'unseen'
  | 'duplicate-seq'
  | 'duplicate-delivery'
  | 'inconsistent-seq'
  | 'nonmonotonic-recv'
  | 'sender-reorder'
  | 'epoch-fork'
  | 'phantom'
  | 'aborted-read'
  | 'corrupt-body'
  | 'silent-gap'
  | 'cursor-regress'
  | 'sync-mismatch'
  | 'mark-regress'
  | 'wrong-unread'
  | 'leak-after-leave'
  | 'leak-before-join'
  | 'write-after-leave'
  | 'stuck'
  | 'slow-recovery'
  | 'hang'
  | 'unexpected-exit'

export interface Anomaly {
  readonly name: AnomalyName
  readonly detail: string
}

export interface CheckerOptions {
  /** After the end of a fault the first message has to be accepted within this time. */
  readonly firstOkMsMax?: number
}

/**
 * Decides from what programs wrote down whether the promises held. Knows nothing of how the server
 * works: what was sent, seen live, and read in the end has to fit together.
 */
export function checkLedger(
  lines: readonly LedgerLine[],
  { firstOkMsMax = 5_000 }: CheckerOptions = {},
): readonly Anomaly[] {
  const evidence = new Evidence(lines)
  return [
    ...checkSends(evidence),
    ...checkStreams(evidence),
    ...checkSurroundings(evidence, firstOkMsMax),
  ]
}
