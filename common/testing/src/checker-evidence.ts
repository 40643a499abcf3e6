import type { LedgerLine, RecvFacts, SightingFacts } from './ledger.ts'

/** All that was written down about one message that somebody wanted to send. */
export interface SendEvidence {
  readonly dev: string
  readonly conv: string
  readonly n: number
  readonly h: string
  isOk: boolean
  isFailed: boolean
  /** Every place that was told or seen for it. */
  readonly seqs: Set<number>
}

interface Membership {
  readonly joined: number
  left: number
}

/** The lines of a ledger, sorted by what they are about. */
export class Evidence {
  readonly lines: readonly LedgerLine[]
  readonly sends = new Map<string, SendEvidence>()
  /** By device, in the order of its file. */
  readonly received = new Map<string, RecvFacts[]>()
  readonly replayed = new Map<string, RecvFacts[]>()
  /** By conversation and device: by `seq`. */
  readonly histories = new Map<string, Map<string, Map<number, SightingFacts>>>()
  readonly userOf = new Map<string, string>()
  readonly #unions = new Map<string, ReadonlyMap<number, SightingFacts>>()
  readonly #members = new Map<string, Map<string, Membership>>()

  constructor(lines: readonly LedgerLine[]) {
    this.lines = lines
    for (const line of lines) this.#take(line)
  }

  /** The devices of people who were members when that place was given. */
  devicesAt(conv: string, seq: number): readonly string[] {
    return [...this.userOf.keys()].filter((dev) => {
      const membership = this.membership(conv, dev)
      return membership !== undefined && membership.joined <= seq && seq <= membership.left
    })
  }

  membership(conv: string, dev: string): Membership | undefined {
    return this.#members.get(conv)?.get(this.userOf.get(dev) ?? '')
  }

  /** What all histories of a conversation say together. */
  history(conv: string): ReadonlyMap<number, SightingFacts> {
    let union = this.#unions.get(conv)
    if (union === undefined) {
      const all = [...(this.histories.get(conv)?.values() ?? [])].flatMap((read) => [...read])
      union = new Map(all.sort(([a], [b]) => a - b))
      this.#unions.set(conv, union)
    }
    return union
  }

  *sightings(): Generator<SightingFacts> {
    for (const line of this.lines)
      if (line.op === 'recv' || line.op === 'read' || line.op === 'replay') yield line
  }

  #take(line: LedgerLine): void {
    switch (line.op) {
      case 'send': {
        const key = sendKey(line.dev, line.conv, line.n)
        if (line.ph === 'invoke') {
          const { dev, conv, n, h } = line
          const known = this.sends.get(key)
          if (known === undefined)
            this.sends.set(key, { dev, conv, n, h, isOk: false, isFailed: false, seqs: new Set() })
          return
        }
        const send = this.sends.get(key)
        if (send === undefined) return
        if (line.ph === 'fail') send.isFailed = true
        if (line.ph !== 'ok') return
        send.isOk = true
        if (line.seq > 0) send.seqs.add(line.seq)
        return
      }
      case 'recv':
      case 'replay': {
        const streams = line.op === 'recv' ? this.received : this.replayed
        entryOf(streams, line.dev, () => []).push(line)
        return
      }
      case 'read': {
        const ofConversation = entryOf(this.histories, line.conv, () => new Map())
        entryOf(ofConversation, line.dev, () => new Map()).set(line.seq, line)
        return
      }
      case 'device':
        this.userOf.set(line.dev, line.user)
        return
      case 'member': {
        const members = entryOf(this.#members, line.conv, () => new Map())
        const known = members.get(line.user)
        if (line.change === 'join')
          members.set(line.user, { joined: line.seq, left: Number.POSITIVE_INFINITY })
        else if (known !== undefined) known.left = line.seq
        return
      }
      default:
    }
  }
}

export const sendKey = (dev: string, conv: string, n: number): string => `${conv} ${dev} ${n}`

export function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key)
  if (value === undefined) {
    value = make()
    map.set(key, value)
  }
  return value
}
