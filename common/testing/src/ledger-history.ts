import type { LedgerEntry, LedgerLine } from './ledger.ts'
import type { SeededRandom } from './seeded-random.ts'

const devices = ['a', 'b', 'c'] as const
const conversations = ['x', 'y'] as const

/** What three devices would write in a run in which every promise held. */
export function correctHistory(random: SeededRandom): readonly LedgerLine[] {
  const lines: LedgerLine[] = []
  const add = (entry: LedgerEntry) =>
    lines.push({ t: (lines.length + 1) * 1_000, p: 'generated', ...entry })
  const counts = new Map<string, number>()
  const heads = new Map<string, number>()
  const pts = new Map<string, number>()
  const kept: { conv: string; seq: number; from: string; n: number; h: string }[] = []
  for (const dev of devices) add({ op: 'device', dev, user: `user-${dev}` })
  for (const conv of conversations)
    for (const dev of devices) {
      // The third person comes later to `y`, and leaves it before its end.
      if (dev === 'c' && conv === 'y') add(memberOf(conv, dev, 'join', 4))
      else add(memberOf(conv, dev, 'join', 1))
    }
  add(memberOf('y', 'c', 'leave', 8))
  const isMember = (conv: string, dev: string, seq: number) =>
    conv === 'x' || dev !== 'c' || (seq >= 4 && seq <= 8)
  const sendOne = (conv: string, dev: string) => {
    const n = (counts.get(conv + dev) ?? 0) + 1
    counts.set(conv + dev, n)
    const h = `${conv}${dev}${n}`
    add({ op: 'send', ph: 'invoke', dev, conv, n, prev: n - 1, h })
    if (random.chance(0.1)) return add({ op: 'send', ph: 'fail', dev, conv, n, code: 'full' })
    if (random.chance(0.1)) add({ op: 'send', ph: 'info', dev, conv, n, why: 'closed' })
    const seq = (heads.get(conv) ?? 0) + 1
    heads.set(conv, seq)
    const message = { conv, seq, from: dev, n, h }
    kept.push(message)
    for (const reader of devices) {
      if (!isMember(conv, reader, seq)) continue
      const place = (pts.get(reader) ?? 0) + 1
      pts.set(reader, place)
      add({ op: 'recv', dev: reader, ...message, pts: place, ep: '1' })
    }
    return add({ op: 'send', ph: 'ok', dev, conv, n, seq })
  }
  for (const conv of conversations)
    while ((heads.get(conv) ?? 0) < 12) {
      const head = heads.get(conv) ?? 0
      const dev = random.pick(devices)
      if (isMember(conv, dev, head + 1)) sendOne(conv, dev)
    }
  add({ op: 'commit', dev: 'a', conv: 'x', epoch: 1 })
  add({ op: 'commit', dev: 'b', conv: 'x', epoch: 2 })
  add({ op: 'nemesis', what: 'kill', target: 'server', ph: 'start' })
  add({ op: 'nemesis', what: 'kill', target: 'server', ph: 'stop' })
  for (const conv of conversations) sendOne(conv, 'a')
  add({ op: 'send', ph: 'invoke', dev: 'a', conv: 'x', n: 999, prev: 998, h: 'last' })
  add({ op: 'send', ph: 'fail', dev: 'a', conv: 'x', n: 999, code: 'full' })
  for (const dev of devices) {
    let place = 0
    for (const message of kept) {
      if (!isMember(message.conv, dev, message.seq)) continue
      place += 1
      add({ op: 'replay', dev, ...message, pts: place, ep: '1' })
      add({ op: 'read', dev, ...message })
    }
    for (const seq of [1, 5]) add({ op: 'mark', dev, conv: 'x', kind: 'read', seq })
    const unread = kept.filter(({ conv, seq, from }) => conv === 'x' && seq > 5 && from !== dev)
    add({ op: 'unread', dev, conv: 'x', value: unread.length })
    add({ op: 'exit', target: dev, isWanted: true })
  }
  return lines
}

const memberOf = (
  conv: string,
  dev: string,
  change: 'join' | 'leave',
  seq: number,
): LedgerEntry => ({
  op: 'member',
  conv,
  user: `user-${dev}`,
  change,
  seq,
})
