import type { Anomaly } from './checker.ts'
import { type Evidence, entryOf, sendKey } from './checker-evidence.ts'
import type { SightingFacts } from './ledger.ts'

/** I1 to I4: what was accepted is there, once, at one place, as it was sent, and nothing else is. */
export function* checkSends(evidence: Evidence): Generator<Anomaly> {
  yield* checkSightings(evidence)
  yield* checkPresence(evidence)
  yield* checkOrder(evidence)
  yield* checkEpochs(evidence)
}

function* checkSightings(evidence: Evidence): Generator<Anomaly> {
  const places = new Map<string, SightingFacts>()
  const seqsOf = new Map<string, Set<number>>()
  const told = new Set<string>()
  for (const sighting of evidence.sightings()) {
    const { conv, seq, from, n, h, dev } = sighting
    const where = `${conv}/${seq}`
    const first = entryOf(places, where, () => sighting)
    if (first.from !== from || first.n !== n)
      yield { name: 'inconsistent-seq', detail: `${where} is another message for ${dev}` }
    const send = evidence.sends.get(sendKey(from, conv, n))
    const key = sendKey(from, conv, n)
    entryOf(seqsOf, key, () => new Set(send?.seqs)).add(seq)
    const isNew = !told.has(key)
    if (send === undefined) {
      if (isNew) yield { name: 'phantom', detail: `${where} was sent by nobody (seen by ${dev})` }
    } else if (send.isFailed) {
      if (isNew) yield { name: 'aborted-read', detail: `${where} was refused, and ${dev} sees it` }
    } else if (send.h !== h) {
      yield { name: 'corrupt-body', detail: `${where} has other bytes for ${dev}` }
      continue
    } else continue
    told.add(key)
  }
  for (const [key, seqs] of seqsOf)
    if (seqs.size > 1)
      yield { name: 'duplicate-seq', detail: `${key} is at ${[...seqs].join(' and ')}` }
}

function* checkPresence(evidence: Evidence): Generator<Anomaly> {
  const seen = new Map<string, Set<string>>()
  /** A device that shows its stream has to have received it; another one may have read it only. */
  const streaming = new Set<string>()
  for (const [dev, stream] of evidence.received)
    for (const { pts, from, conv, n } of stream) {
      if (pts !== undefined) streaming.add(dev)
      entryOf(seen, dev, () => new Set()).add(sendKey(from, conv, n))
    }
  const inHistory = new Map<string, number>()
  for (const [conv, readers] of evidence.histories)
    for (const [dev, read] of readers)
      for (const { from, n, seq } of read.values()) {
        const key = sendKey(from, conv, n)
        inHistory.set(key, seq)
        if (!streaming.has(dev)) entryOf(seen, dev, () => new Set()).add(key)
      }
  for (const [key, { isOk, conv, dev }] of evidence.sends) {
    if (!isOk) continue
    const seq = inHistory.get(key)
    if (seq === undefined) {
      yield { name: 'lost-write', detail: `${key} was accepted and is in no history` }
      continue
    }
    for (const member of evidence.devicesAt(conv, seq))
      if (member !== dev && seen.get(member)?.has(key) !== true)
        yield { name: 'unseen', detail: `${key} at ${seq} never came to ${member}` }
  }
}

function* checkOrder(evidence: Evidence): Generator<Anomaly> {
  for (const conv of evidence.histories.keys()) {
    const newest = new Map<string, number>()
    for (const { from, n, seq } of evidence.history(conv).values()) {
      if (n < (newest.get(from) ?? 0))
        yield { name: 'sender-reorder', detail: `${conv}/${seq} is older than what is before it` }
      newest.set(from, n)
    }
  }
}

function* checkEpochs(evidence: Evidence): Generator<Anomaly> {
  const commits = new Map<string, string>()
  for (const line of evidence.lines) {
    if (line.op !== 'commit') continue
    const key = `${line.conv}@${line.epoch}`
    const winner = entryOf(commits, key, () => line.dev)
    if (winner !== line.dev)
      yield { name: 'epoch-fork', detail: `${key}: commits of ${winner} and ${line.dev}` }
  }
}
