import type { AnomalyName } from './checker.ts'
import type { LedgerEntry, LedgerLine, RecvFacts } from './ledger.ts'
import type { SeededRandom } from './seeded-random.ts'

type Mutation = (lines: readonly LedgerLine[], random: SeededRandom) => readonly LedgerLine[]
type Received = RecvFacts & LedgerLine

const receivedOf = (lines: readonly LedgerLine[]): Received[] =>
  lines.filter((line): line is Received => line.op === 'recv')

/** A message of `x` that came to somebody who had not sent it. */
function victimOf(lines: readonly LedgerLine[], random: SeededRandom): Received {
  const victim = random.pick(
    receivedOf(lines).filter(({ conv, from, dev, seq }) => conv === 'x' && from !== dev && seq > 1),
  )
  if (victim === undefined) throw new Error('a history in which nobody receives anything')
  return victim
}

const isAbout = (line: LedgerLine, { conv, seq }: Received): boolean =>
  (line.op === 'recv' || line.op === 'read' || line.op === 'replay') &&
  line.conv === conv &&
  line.seq === seq

const replace = (
  lines: readonly LedgerLine[],
  which: (line: LedgerLine) => boolean,
  by: (line: LedgerLine) => readonly LedgerLine[],
) => lines.flatMap((line) => (which(line) ? by(line) : [line]))

const append = (lines: readonly LedgerLine[], ...entries: readonly LedgerEntry[]) => {
  const end = lines.at(-1)?.t ?? 0
  return [...lines, ...entries.map((entry, i) => ({ t: end + i + 1, p: 'mutated', ...entry }))]
}

const seen = { dev: 'b', conv: 'x', from: 'a' } as const

/** One way to break each promise. */
export const mutations: Readonly<Record<AnomalyName, Mutation>> = {
  'lost-write': (lines, random) => {
    const victim = victimOf(lines, random)
    return lines.filter((line) => !(line.op === 'read' && isAbout(line, victim)))
  },
  unseen: (lines, random) => {
    const victim = victimOf(lines, random)
    return lines.filter((line) => line !== victim)
  },
  'duplicate-seq': (lines, random) => {
    const { from, n, h } = victimOf(lines, random)
    return append(lines, { op: 'read', ...seen, from, n, h, seq: 500 })
  },
  'duplicate-delivery': (lines, random) => {
    const victim = victimOf(lines, random)
    return replace(
      lines,
      (line) => line === victim,
      (line) => [line, line],
    )
  },
  'inconsistent-seq': (lines, random) => {
    const victim = victimOf(lines, random)
    return replace(
      lines,
      (line) => line === victim,
      () => [{ ...victim, n: victim.n + 1 }],
    )
  },
  'nonmonotonic-recv': (lines, random) => {
    const victim = victimOf(lines, random)
    const other = receivedOf(lines).find(
      ({ dev, conv, seq }) => dev === victim.dev && conv === 'x' && seq !== victim.seq,
    )
    if (other === undefined) throw new Error('a history in which a device receives one message')
    return replace(
      lines,
      (line) => line === victim || line === other,
      (line) => [line === victim ? other : victim],
    )
  },
  'sender-reorder': (lines) => {
    const own = lines.filter((line) => line.op === 'read' && line.from === 'a' && line.conv === 'x')
    const [first, last] = [own[0], own.at(-1)]
    if (first?.op !== 'read' || last?.op !== 'read') return lines
    return replace(
      lines,
      (line) => line.op === 'read' && line.conv === 'x',
      (line) => {
        if (line.op !== 'read') return [line]
        if (line.seq === first.seq) return [{ ...line, n: last.n, h: last.h }]
        return line.seq === last.seq ? [{ ...line, n: first.n, h: first.h }] : [line]
      },
    )
  },
  'epoch-fork': (lines) => append(lines, { op: 'commit', dev: 'c', conv: 'x', epoch: 2 }),
  phantom: (lines) => append(lines, { op: 'read', ...seen, seq: 600, n: 12_345, h: 'nobody' }),
  'aborted-read': (lines) => append(lines, { op: 'read', ...seen, seq: 700, n: 999, h: 'last' }),
  'corrupt-body': (lines, random) => {
    const victim = victimOf(lines, random)
    return replace(
      lines,
      (line) => line === victim,
      () => [{ ...victim, h: 'other' }],
    )
  },
  'silent-gap': (lines, random) => {
    const victim = victimOf(lines, random)
    return lines.filter((line) => !isAbout(line, victim))
  },
  'cursor-regress': (lines) => append(lines, { op: 'ready', dev: 'b', pts: 1, ep: '1' }),
  'sync-mismatch': (lines, random) => {
    const victim = victimOf(lines, random)
    return lines.filter(
      (line) => !(line.op === 'read' && line.dev === victim.dev && isAbout(line, victim)),
    )
  },
  'mark-regress': (lines) =>
    append(lines, { op: 'mark', dev: 'b', conv: 'x', kind: 'read', seq: 2 }),
  'wrong-unread': (lines) =>
    replace(
      lines,
      (line) => line.op === 'unread' && line.dev === 'b',
      (line) => (line.op === 'unread' ? [{ ...line, value: line.value + 1 }] : [line]),
    ),
  'leak-after-leave': (lines) => leak(lines, 9),
  'leak-before-join': (lines) => leak(lines, 2),
  'write-after-leave': (lines) =>
    replace(
      lines,
      (line) => line.op === 'read' && line.conv === 'y' && line.seq === 12,
      (line) => (line.op === 'read' ? [{ ...line, from: 'c' }] : [line]),
    ),
  stuck: (lines) =>
    append(
      lines.filter((line) => line.op !== 'send' || line.ph !== 'ok' || line.t < stopOf(lines)),
      { op: 'send', ph: 'info', dev: 'a', conv: 'x', n: 999, why: 'timeout' },
    ).map((line, i, all) => (i === all.length - 1 ? { ...line, t: line.t + 60_000_000 } : line)),
  'slow-recovery': (lines) =>
    lines.map((line) => (line.t > stopOf(lines) ? { ...line, t: line.t + 60_000_000 } : line)),
  hang: (lines) =>
    append(lines, { op: 'send', ph: 'invoke', dev: 'a', conv: 'x', n: 1_000, prev: 999, h: 'z' }),
  'unexpected-exit': (lines) => append(lines, { op: 'exit', target: 'b', isWanted: false }),
}

function leak(lines: readonly LedgerLine[], seq: number): readonly LedgerLine[] {
  const secret = lines.find((line) => line.op === 'read' && line.conv === 'y' && line.seq === seq)
  return secret?.op === 'read' ? [...lines, { ...secret, dev: 'c' }] : lines
}

const stopOf = (lines: readonly LedgerLine[]): number =>
  lines.find((line) => line.op === 'nemesis' && line.ph === 'stop')?.t ?? 0
