/**
 * One person of a fault run, in a process of its own that may be killed at any moment: writes at
 * random times, keeps a ledger of what it did and saw, and goes on over its store when it is started
 * again. Told what to do by the process that has forked it.
 */
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConversationId } from '@parley/protocol'
import type { Message } from '@parley/sdk'
import { openOnNode } from '@parley/sdk/node'
import { bodyHash, LedgerWriter, readLedger, SeededRandom } from '@parley/testing'

export interface PersonOptions {
  readonly name: string
  readonly url: string
  readonly storeFile: string
  readonly ledgerFolder: string
  readonly seed: number
  readonly messagesPerSecond: number
  readonly conversations: readonly ConversationId[]
}

/** `rest`: no more messages, answered with `rested` when all are sent. `tell`: write down what is there. */
export type Order = 'rest' | 'tell'
export type Report = 'rested' | 'told'

const options: PersonOptions = JSON.parse(process.argv[2] ?? '{}')
const { name, url, conversations, messagesPerSecond } = options
const random = new SeededRandom(options.seed)
const client = await openOnNode({ url, file: options.storeFile, clientName: 'faults/1' })
if (client.account.kind !== 'signed-in') throw new Error('the store has no account')
const dev = client.account.device
const ledger = new LedgerWriter(options.ledgerFolder, name)
const counts = new Map<string, number>()
let isResting = false

takeUp()
client.subscribe((event) => {
  if (event.kind === 'messages') for (const message of event.messages) see(message, event.isNew)
})
process.on('message', (order: Order) => {
  if (order === 'rest') rest().then(() => report('rested'))
  else tell().then(() => report('told'))
})
process.once('disconnect', () => process.exit(1))
client.connect()
while (!isResting) {
  await sleep((-Math.log(1 - random.below(10_000) / 10_000) * 1_000) / messagesPerSecond)
  if (!isResting) await write()
}

/** What an earlier life has begun and not seen the end of: it may be on its way, or never was. */
function takeUp(): void {
  const open = new Map<string, { conv: string; n: number }>()
  for (const line of readLedger(options.ledgerFolder)) {
    if (line.op !== 'send' || line.dev !== dev) continue
    const key = `${line.conv} ${line.n}`
    if (line.ph === 'invoke') open.set(key, line)
    else open.delete(key)
    counts.set(line.conv, Math.max(counts.get(line.conv) ?? 0, line.n))
  }
  for (const { conv, n } of open.values())
    ledger.write({ op: 'send', ph: 'info', dev, conv, n, why: 'killed' })
}

async function write(): Promise<void> {
  const conv = random.pick(conversations)
  if (conv === undefined) throw new Error('no conversation')
  const n = (counts.get(conv) ?? 0) + 1
  counts.set(conv, n)
  const text = `${dev} ${n} ${random.below(2 ** 30)}`
  ledger.write({ op: 'send', ph: 'invoke', dev, conv, n, prev: n - 1, h: bodyHash(text) })
  await client.send(conv, { text })
}

function see(message: Message, isNew: boolean): void {
  const facts = factsOf(message)
  if (facts === undefined) return
  const { conv, n, seq } = facts
  if (facts.from === dev && !message.isOwn) throw new Error('an own message of somebody else')
  if (message.isOwn) ledger.write({ op: 'send', ph: 'ok', dev, conv, n, seq })
  else if (isNew) ledger.write({ op: 'recv', dev, ...facts })
}

function factsOf({ conversation: conv, seq, content }: Message) {
  if (seq === undefined || content.kind !== 'text') return undefined
  const [from = '', n] = content.text.split(' ')
  return { conv, seq, from, n: Number(n), h: bodyHash(content.text) }
}

async function rest(): Promise<void> {
  isResting = true
  while (client.queuedCount > 0) await sleep(20)
}

async function tell(): Promise<void> {
  await client.caughtUp()
  for (const conversation of conversations)
    for (let after = 0, isEnd = false; !isEnd; ) {
      const page = await client.timeline({ conversation, after, limit: 200 })
      for (const message of page.messages) {
        const facts = factsOf(message)
        if (facts !== undefined) ledger.write({ op: 'read', dev, ...facts })
        after = Math.max(after, message.seq ?? 0)
      }
      isEnd = page.isEnd
    }
}

function report(what: Report): void {
  process.send?.(what)
}
