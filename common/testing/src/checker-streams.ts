import type { Anomaly } from './checker.ts'
import type { Evidence } from './checker-evidence.ts'
import type { RecvFacts } from './ledger.ts'

/** I5 and I7, and the part of I2 and I3 that a single device sees: streams and histories agree. */
export function* checkStreams(evidence: Evidence): Generator<Anomaly> {
  for (const [dev, stream] of evidence.received) {
    yield* checkConversations(dev, stream)
    yield* checkCursor(evidence, dev, stream)
    yield* checkReplay(dev, stream, evidence.replayed.get(dev))
  }
  yield* checkHistories(evidence)
  yield* checkMembership(evidence)
}

function* checkConversations(dev: string, stream: readonly RecvFacts[]): Generator<Anomaly> {
  const seen = new Set<string>()
  const heads = new Map<string, number>()
  for (const { conv, seq } of stream) {
    const where = `${conv}/${seq}`
    const head = heads.get(conv) ?? 0
    if (seen.has(where)) yield { name: 'duplicate-delivery', detail: `${where} twice to ${dev}` }
    else if (seq < head)
      yield { name: 'nonmonotonic-recv', detail: `${where} after ${head} to ${dev}` }
    seen.add(where)
    heads.set(conv, Math.max(head, seq))
  }
}

function* checkCursor(
  evidence: Evidence,
  dev: string,
  stream: readonly RecvFacts[],
): Generator<Anomaly> {
  const reloads = evidence.lines.filter(
    (line) => line.op === 'sync' && line.dev === dev && line.verdict !== 'entries',
  ).length
  let last: RecvFacts | undefined
  let gaps = 0
  let firstGap = 0
  for (const recv of stream) {
    if (recv.pts === undefined) return
    if (last?.pts !== undefined && last.ep === recv.ep) {
      if (recv.pts < last.pts)
        yield { name: 'cursor-regress', detail: `${dev} went from ${last.pts} to ${recv.pts}` }
      else if (recv.pts > last.pts + 1) {
        gaps += 1
        firstGap ||= last.pts + 1
      }
    }
    last = recv
  }
  if (gaps > reloads) yield { name: 'silent-gap', detail: `${dev} never got ${firstGap}` }
  yield* checkHeads(evidence, dev)
}

/** The server does not forget what it has told. */
function* checkHeads(evidence: Evidence, dev: string): Generator<Anomaly> {
  let told = 0
  let epoch = ''
  for (const line of evidence.lines) {
    if ((line.op !== 'ready' && line.op !== 'recv') || line.dev !== dev) continue
    const { pts = 0, ep = '' } = line
    if (ep === epoch && line.op === 'ready' && pts < told)
      yield { name: 'cursor-regress', detail: `${dev} was told ${pts} after ${told}` }
    told = ep === epoch ? Math.max(told, pts) : pts
    epoch = ep
  }
}

/** The user log says the same when it is read again. */
function* checkReplay(
  dev: string,
  stream: readonly RecvFacts[],
  replay: readonly RecvFacts[] | undefined,
): Generator<Anomaly> {
  if (replay === undefined) return
  const places = new Map(replay.map(({ pts, conv, seq }) => [pts, `${conv}/${seq}`]))
  for (const { pts, conv, seq } of stream) {
    const again = places.get(pts)
    if (again !== `${conv}/${seq}`)
      yield { name: 'sync-mismatch', detail: `${dev}@${pts}: ${conv}/${seq}, then ${again}` }
  }
}

function* checkHistories(evidence: Evidence): Generator<Anomaly> {
  for (const [conv, readers] of evidence.histories) {
    const whole = evidence.history(conv)
    for (const [dev, read] of readers)
      for (const seq of whole.keys()) {
        const isMember = evidence.devicesAt(conv, seq).includes(dev)
        if (isMember && !read.has(seq))
          yield { name: 'sync-mismatch', detail: `${conv}/${seq} is not in the history of ${dev}` }
      }
    const isDense = [...readers.keys()].some((dev) => evidence.replayed.has(dev))
    let expected = 1
    for (const seq of whole.keys()) {
      if (isDense && seq !== expected)
        yield { name: 'silent-gap', detail: `${conv} has nothing at ${expected}` }
      expected = seq + 1
    }
  }
  for (const [dev, stream] of evidence.received)
    for (const { conv, seq, from, n } of stream)
      if (evidence.histories.has(conv) && !evidence.history(conv).has(seq))
        yield {
          name: 'sync-mismatch',
          detail: `${dev} received ${conv}/${seq} (${from} ${n}), which is in no history`,
        }
}

function* checkMembership(evidence: Evidence): Generator<Anomaly> {
  const told = new Set<string>()
  for (const { conv, seq, dev, from } of evidence.sightings()) {
    const reader = evidence.membership(conv, dev)
    if (reader !== undefined && seq > reader.left)
      yield { name: 'leak-after-leave', detail: `${dev} sees ${conv}/${seq}` }
    if (reader !== undefined && seq < reader.joined)
      yield { name: 'leak-before-join', detail: `${dev} sees ${conv}/${seq}` }
    const sender = evidence.membership(conv, from)
    if (sender === undefined || seq <= sender.left || told.has(`${conv}/${seq}`)) continue
    told.add(`${conv}/${seq}`)
    yield { name: 'write-after-leave', detail: `${from} wrote ${conv}/${seq}` }
  }
}
