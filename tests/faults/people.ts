import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ConversationId } from '@parley/protocol'
import type { ParleyClient } from '@parley/sdk'
import { openOnNode } from '@parley/sdk/node'
import type { LedgerWriter } from '@parley/testing'
import type { Order, PersonOptions, Report } from './person.ts'

const program = fileURLToPath(new URL('./person.ts', import.meta.url))
const reportMsMax = 60_000

/** Somebody whose process can be killed and started again over the same store. */
export class Person {
  readonly name: string
  readonly #options: PersonOptions
  readonly #ledger: LedgerWriter
  #life = 0
  #child: ChildProcess | undefined
  #isWanted = false

  constructor(options: PersonOptions, ledger: LedgerWriter) {
    this.name = options.name
    this.#options = options
    this.#ledger = ledger
  }

  start(): void {
    this.#life += 1
    this.#isWanted = false
    const options: PersonOptions = {
      ...this.#options,
      seed: this.#options.seed + 1_000 * this.#life,
    }
    const child = fork(program, [JSON.stringify(options)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    this.#child = child
    child.once('exit', () =>
      this.#ledger.write({ op: 'exit', target: this.name, isWanted: this.#isWanted }),
    )
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null) return
    this.#isWanted = true
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  async order(order: Order, answer: Report): Promise<void> {
    const child = this.#child
    if (child === undefined) throw new Error('not started')
    const told = once(child, 'message', { signal: AbortSignal.timeout(reportMsMax) })
    child.send(order)
    const [report] = await told
    if (report !== answer) throw new Error(`${this.name} said ${report} to ${order}`)
  }
}

/** Accounts with their stores, who talk in pairs and all together. */
export async function makePeople(options: {
  readonly url: string
  readonly folder: string
  readonly ledgerFolder: string
  readonly ledger: LedgerWriter
  readonly seed: number
  readonly count: number
  readonly messagesPerSecond: number
}): Promise<readonly Person[]> {
  const { url, folder, ledgerFolder, ledger, seed, count, messagesPerSecond } = options
  await mkdir(ledgerFolder, { recursive: true })
  const devices: { client: ParleyClient; name: string; storeFile: string }[] = []
  for (let index = 0; index < count; index += 1) {
    const name = `person_${index}_${randomBytes(4).toString('hex')}`
    const storeFile = join(folder, `${name}.db`)
    const client = await openOnNode({ url, file: storeFile })
    await client.signUp({ name, password: 'nobody guesses this one' })
    client.connect()
    await client.caughtUp()
    devices.push({ client, name, storeFile })
  }
  const conversations = devices.map(() => new Set<ConversationId>())
  const joinAll = (id: ConversationId, indexes: readonly number[]) => {
    for (const index of indexes) {
      conversations[index]?.add(id)
      const { account } = devices[index]?.client ?? {}
      if (account?.kind === 'signed-in')
        ledger.write({ op: 'member', conv: id, user: account.user, change: 'join', seq: 1 })
    }
  }
  for (const { client } of devices)
    if (client.account.kind === 'signed-in')
      ledger.write({ op: 'device', dev: client.account.device, user: client.account.user })
  for (let index = 0; index + 1 < count; index += 2) {
    const [one, other] = [devices[index], devices[index + 1]]
    if (one === undefined || other === undefined) continue
    const { id } = await one.client.openDirect({ name: other.name })
    joinAll(id, [index, index + 1])
  }
  const [first, ...others] = devices
  if (first === undefined) throw new Error('nobody')
  const members = others.map(({ name }) => ({ name }))
  const { id } = await first.client.createGroup({ title: 'Everybody', members })
  joinAll(id, devices.keys().toArray())
  for (const [index, { client }] of devices.entries()) {
    for (const conversation of conversations[index] ?? [])
      while (client.conversation(conversation)?.standing !== 'member') await client.events().next()
    await client[Symbol.asyncDispose]()
  }
  return devices.map(
    ({ name, storeFile }, index) =>
      new Person(
        {
          name,
          url,
          storeFile,
          ledgerFolder,
          messagesPerSecond,
          seed: seed * 100 + index,
          conversations: [...(conversations[index] ?? [])],
        },
        ledger,
      ),
  )
}
