import type { Anomaly } from './checker.ts'
import { type Evidence, entryOf } from './checker-evidence.ts'
import type { LedgerLine } from './ledger.ts'

/** I6, I8 and I10: marks and counts, the way back after a fault, and that nothing hangs. */
export function* checkSurroundings(evidence: Evidence, firstOkMsMax: number): Generator<Anomaly> {
  yield* checkMarks(evidence)
  yield* checkRecovery(evidence.lines, firstOkMsMax)
  for (const line of evidence.lines)
    if (line.op === 'exit' && !line.isWanted)
      yield { name: 'unexpected-exit', detail: `${line.target} has ended by itself` }
  const ended = new Set<string>()
  for (const line of evidence.lines)
    if (line.op === 'send' && line.ph !== 'invoke') ended.add(`${line.conv} ${line.dev} ${line.n}`)
  for (const [key] of evidence.sends)
    if (!ended.has(key)) yield { name: 'hang', detail: `${key} has no outcome` }
}

function* checkMarks(evidence: Evidence): Generator<Anomaly> {
  const marks = new Map<string, number>()
  for (const line of evidence.lines) {
    if (line.op === 'mark') {
      const key = `${line.dev} ${line.conv} ${line.kind}`
      const before = entryOf(marks, key, () => 0)
      if (line.seq < before)
        yield { name: 'mark-regress', detail: `${key} from ${before} to ${line.seq}` }
      marks.set(key, Math.max(before, line.seq))
    }
    if (line.op !== 'unread') continue
    const readUpTo = marks.get(`${line.dev} ${line.conv} read`) ?? 0
    const membership = evidence.membership(line.conv, line.dev)
    const user = evidence.userOf.get(line.dev)
    const unread = [...evidence.history(line.conv).values()].filter(
      ({ seq, from }) =>
        seq > readUpTo &&
        evidence.userOf.get(from) !== user &&
        (membership === undefined || (membership.joined <= seq && seq <= membership.left)),
    ).length
    if (unread !== line.value)
      yield {
        name: 'wrong-unread',
        detail: `${line.dev} ${line.conv}: ${line.value}, not ${unread}`,
      }
  }
}

/** How long after the end of each fault the first message was accepted. */
export function recoveriesMs(lines: readonly LedgerLine[]): readonly number[] {
  return windowsAfterFaults(lines).flatMap(({ t, first }) =>
    first === undefined ? [] : [(first - t) / 1_000],
  )
}

function* checkRecovery(lines: readonly LedgerLine[], msMax: number): Generator<Anomaly> {
  for (const { t, first, end, hasSends } of windowsAfterFaults(lines)) {
    if (first !== undefined && first - t > msMax * 1_000)
      yield {
        name: 'slow-recovery',
        detail: `${Math.round((first - t) / 1_000)} ms until accepted`,
      }
    if (first === undefined && hasSends && end - t > msMax * 1_000)
      yield { name: 'stuck', detail: 'nothing was accepted after a fault' }
  }
}

/** From the end of a fault of the server to the next fault, or to the end of the ledger. */
function windowsAfterFaults(lines: readonly LedgerLine[]) {
  const faults = lines.filter((line) => line.op === 'nemesis' && line.target === 'server')
  const last = lines.at(-1)?.t ?? 0
  return faults.flatMap((fault, index) => {
    if (fault.op !== 'nemesis' || fault.ph !== 'stop') return []
    const end = faults[index + 1]?.t ?? last
    const after = lines.filter(({ t, op }) => op === 'send' && t > fault.t && t < end)
    const first = after.find((line) => line.op === 'send' && line.ph === 'ok')?.t
    return [{ t: fault.t, first, end, hasSends: after.length > 0 }]
  })
}
