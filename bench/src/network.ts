import { randomBytes, randomFillSync } from 'node:crypto'
import {
  type ConversationId,
  directConversationId,
  type ErrorFrame,
  type Event,
  newConversationId,
} from '@parley/protocol'
import { type RawAccount, RawChain, RawClient, signUpAccounts } from '@parley/testing'
import { type Percentiles, percentilesOf } from './percentiles.ts'

/** What one window of load has shown. Times are in ms, from the moment a message was to be sent. */
export interface LoadResult {
  readonly sent: number
  readonly acked: number
  readonly deliveries: number
  readonly ackMs: Percentiles
  readonly deliveryMs: Percentiles
  /** How late the generator itself was: above some ms, it is measuring itself. */
  readonly generatorLateMs: Percentiles
  readonly ackedPerSecond: number
  /** Acked, and not received by a member within the time to settle. */
  readonly lost: number
  /** One message that came twice to a device, or has two places. */
  readonly doubled: number
  readonly errors: Readonly<Record<string, number>>
}

export interface LoadOptions {
  readonly ratePerSecond: number
  readonly seconds: number
  readonly warmUpSeconds: number
  /** Called when the measured window begins and ends. */
  readonly onWindow: (edge: 'start' | 'end') => void
}

interface Sent {
  readonly intendedMs: number
  readonly isMeasured: boolean
  ackedSeq: number
  /** Devices of others that have it. */
  received: number
}

interface Group {
  readonly conversation: ConversationId
  readonly members: readonly RawClient[]
  readonly chains: readonly RawChain[]
}

const bodyBytes = 300
const settleMsMax = 10_000

/** The people of a scenario, their sockets, and what they have sent to each other. */
export class Network {
  readonly #url: string
  readonly #returnMs: number | undefined
  readonly #clients: RawClient[] = []
  readonly #groups: Group[] = []
  readonly #sent = new Map<string, Sent>()
  readonly #seen = new Map<string, Set<number>>()
  readonly #errors = new Map<string, number>()
  #ackMs: number[] = []
  #deliveryMs: number[] = []
  #doubled = 0
  #deliveries = 0
  /** When the newest ack came, and the first since this was set to 0. */
  lastAckMs = 0
  firstAckMs = 0

  constructor(url: string, { returnMs }: { readonly returnMs?: number } = {}) {
    this.#url = url
    this.#returnMs = returnMs
  }

  get clients(): readonly RawClient[] {
    return this.#clients
  }

  get groups(): readonly Group[] {
    return this.#groups
  }

  signUp(count: number): Promise<readonly RawAccount[]> {
    return signUpAccounts(this.#url, count)
  }

  add(account: RawAccount): RawClient {
    const seen = new Set<number>()
    this.#seen.set(account.device, seen)
    const client = new RawClient({
      url: this.#url,
      account,
      ...(this.#returnMs !== undefined && { returnMs: this.#returnMs }),
      onEvent: (event) => this.#received(account, event),
      onAccepted: (chain, answered, seq) => this.#accepted(account, chain, answered, seq),
      onRefused: (_, { reason }) => this.#count(`nack ${reason}`),
      onError: ({ code }: ErrorFrame) => this.#count(code),
      onLost: (code) => this.#count(`closed ${code}`),
    })
    this.#clients.push(client)
    return client
  }

  /** Opens the sockets, some at a time. */
  async connect(clients: readonly RawClient[] = this.#clients, atOnce = 50): Promise<void> {
    let next = 0
    const open = async () => {
      for (let client = clients[next++]; client; client = clients[next++]) await client.connect()
    }
    await Promise.all(Array.from({ length: atOnce }, open))
  }

  /** A conversation of these; the first makes it. */
  async converse(members: readonly RawClient[]): Promise<Group> {
    const [creator, second] = members
    if (creator === undefined || second === undefined) throw new Error('two people at least')
    const isDirect = members.length === 2
    const conversation = isDirect
      ? directConversationId(creator.account.user, second.account.user)
      : newConversationId({
          atMs: Date.now(),
          cell: 0,
          random: randomBytes(8).readBigUInt64BE(),
        })
    const chains = members.map((client) =>
      client.use(new RawChain({ account: client.account, conversation })),
    )
    const group = { conversation, members, chains }
    this.#groups.push(group)
    const others = members.slice(1).map(({ account }) => account)
    const [chain] = chains
    if (chain === undefined) throw new Error('a chain for each member')
    const create = chain.create(isDirect ? 'direct' : 'group', others)
    this.#sent.set(key(conversation, creator.account.device, create.n), {
      intendedMs: performance.now(),
      isMeasured: false,
      ackedSeq: 0,
      received: 0,
    })
    creator.send(create)
    await until(() => members.every(({ account }) => this.#has(account, group)), 20_000)
    return group
  }

  /** The next message of a member, intended to leave at that moment. */
  send(group: Group, member: number, intendedMs: number, isMeasured: boolean): void {
    const client = group.members[member]
    const chain = group.chains[member]
    if (client === undefined || chain === undefined) throw new Error('a member of the group')
    const command = chain.send(randomBody(), commitment)
    this.#sent.set(key(group.conversation, client.account.device, command.n), {
      intendedMs,
      isMeasured,
      ackedSeq: 0,
      received: 0,
    })
    client.send(command)
  }

  /** Open loop: messages leave when they are due, whatever has become of the ones before. */
  async load({
    ratePerSecond,
    seconds,
    warmUpSeconds,
    onWindow,
  }: LoadOptions): Promise<LoadResult> {
    this.#ackMs = []
    this.#deliveryMs = []
    this.#doubled = 0
    this.#deliveries = 0
    this.#errors.clear()
    this.#sent.clear()
    const lateMs: number[] = []
    const startMs = performance.now()
    const windowMs = startMs + warmUpSeconds * 1_000
    const endMs = windowMs + seconds * 1_000
    let dueMs = startMs
    let isOpen = false
    let measured = 0
    for (;;) {
      const nowMs = performance.now()
      if (!isOpen && nowMs >= windowMs) {
        isOpen = true
        onWindow('start')
      }
      for (; dueMs <= nowMs && dueMs < endMs; dueMs += gapMs(ratePerSecond)) {
        const isMeasured = dueMs >= windowMs
        if (isMeasured) {
          measured += 1
          lateMs.push(nowMs - dueMs)
        }
        const group = pick(this.#groups)
        this.send(group, below(group.members.length), dueMs, isMeasured)
      }
      if (nowMs >= endMs) break
      await later(Math.max(0, Math.min(dueMs, endMs) - performance.now()))
    }
    onWindow('end')
    const ackedInTime = this.#ackMs.length
    await this.settle()
    const acked = [...this.#sent.values()].filter(({ ackedSeq }) => ackedSeq > 0)
    return {
      sent: measured,
      acked: this.#ackMs.length,
      deliveries: this.#deliveries,
      ackMs: percentilesOf(this.#ackMs),
      deliveryMs: percentilesOf(this.#deliveryMs),
      generatorLateMs: percentilesOf(lateMs),
      ackedPerSecond: Math.round(ackedInTime / seconds),
      lost: acked.length === 0 ? 0 : this.missing(),
      doubled: this.#doubled + this.#twiceStored(),
      errors: Object.fromEntries(this.#errors),
    }
  }

  /** Waits until all is answered and received, or it takes too long. */
  async settle(msMax = settleMsMax): Promise<void> {
    await until(
      () =>
        this.missing() === 0 &&
        this.#groups.every(({ chains }) => chains.every(({ openCount }) => openCount === 0)),
      msMax,
    ).catch(() => undefined)
  }

  /** Messages that were acked, and that some member has not received. */
  missing(): number {
    let missing = 0
    for (const [name, { ackedSeq, received }] of this.#sent)
      if (ackedSeq > 0 && received < this.#othersOf(name)) missing += 1
    return missing
  }

  get errors(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#errors)
  }

  /** Acked so far, since the last `load` began. */
  ackedCount(): number {
    let count = 0
    for (const { ackedSeq } of this.#sent.values()) if (ackedSeq > 0) count += 1
    return count
  }

  /** Commands that have no answer yet. */
  openCount(): number {
    let count = 0
    for (const { chains } of this.#groups) for (const { openCount } of chains) count += openCount
    return count
  }

  /** Messages that a retry gave a second place: somebody has received them twice. */
  #twiceStored(): number {
    let count = 0
    for (const [name, { received }] of this.#sent) if (received > this.#othersOf(name)) count += 1
    return count
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()))
  }

  #othersOf(name: string): number {
    return (this.#sizes.get(name.slice(0, 36)) ?? this.#learnSizes(name.slice(0, 36))) - 1
  }
  readonly #sizes = new Map<string, number>()
  #learnSizes(conversation: string): number {
    for (const group of this.#groups) this.#sizes.set(group.conversation, group.members.length)
    return this.#sizes.get(conversation) ?? 1
  }

  #has({ device }: RawAccount, { conversation }: Group): boolean {
    return this.#conversationsOf.get(device)?.has(conversation) === true
  }
  readonly #conversationsOf = new Map<string, Map<string, number>>()

  #received({ device }: RawAccount, { message }: Event): void {
    let heads = this.#conversationsOf.get(device)
    if (heads === undefined) {
      heads = new Map()
      this.#conversationsOf.set(device, heads)
    }
    const head = heads.get(message.conversation) ?? 0
    if (message.seq <= head) this.#doubled += 1
    else heads.set(message.conversation, message.seq)
    if (message.device === device) return
    const sent = this.#sent.get(key(message.conversation, message.device, message.n))
    if (sent === undefined) return
    sent.received += 1
    if (!sent.isMeasured) return
    this.#deliveries += 1
    this.#deliveryMs.push(performance.now() - sent.intendedMs)
  }

  #accepted({ device }: RawAccount, chain: RawChain, answered: readonly number[], seq: number) {
    const nowMs = performance.now()
    if (this.lastAckMs === 0) this.firstAckMs = nowMs
    this.lastAckMs = nowMs
    for (const n of answered) {
      const sent = this.#sent.get(key(chain.conversation, device, n))
      if (sent === undefined) continue
      sent.ackedSeq = seq
      if (sent.isMeasured) this.#ackMs.push(nowMs - sent.intendedMs)
    }
  }

  #count(what: string): void {
    this.#errors.set(what, (this.#errors.get(what) ?? 0) + 1)
  }
}

const commitment = new Uint8Array(randomBytes(32))
const key = (conversation: string, device: string, n: number) => `${conversation}${device}${n}`
const below = (bound: number): number => Math.floor(Math.random() * bound)
const randomBody = (): Uint8Array => randomFillSync(new Uint8Array(bodyBytes))

function pick(groups: readonly Group[]): Group {
  const group = groups[below(groups.length)]
  if (group === undefined) throw new Error('there is no conversation')
  return group
}

/** Arrivals without memory (Poisson): several may fall together, as with people. */
const gapMs = (ratePerSecond: number): number =>
  (-Math.log(1 - Math.random()) * 1_000) / ratePerSecond

const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** Looks every few ms; rejects when it takes longer than `msMax`. */
export async function until(isSo: () => boolean, msMax: number): Promise<void> {
  const endMs = performance.now() + msMax
  while (!isSo()) {
    if (performance.now() > endMs) throw new Error('it took too long')
    await later(5)
  }
}
