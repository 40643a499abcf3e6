import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Anomaly,
  checkLedger,
  freePort,
  generousLimits,
  LedgerWriter,
  readLedger,
  recoveriesMs,
  SeededRandom,
  ServerProcess,
} from '@parley/testing'
import { makePeople } from './people.ts'

export interface FaultRun {
  readonly seconds: number
  readonly seed: number
  readonly people?: number
  /** By each of them. */
  readonly messagesPerSecond?: number
  /** Between two kills of the server, on average. */
  readonly meanMsBetweenKills?: number
}

export interface FaultVerdict {
  readonly seed: number
  readonly seconds: number
  readonly sent: number
  readonly acked: number
  readonly lost: number
  readonly duplicated: number
  readonly reordered: number
  readonly diverged: number
  /** Of the server; `clientKills` of those who talk over it. */
  readonly kills: number
  readonly clientKills: number
  /** From the server being ready again until the first message was accepted. */
  readonly recoveryMsP50: number
  readonly recoveryMsMax: number
  readonly anomalies: readonly Anomaly[]
}

const calmMs = 600
const clientKillChance = 0.5
/** Clients come back at a random moment within the time they were told, and double it. */
const firstOkMsMax = 15_000
const anomaliesShown = 20

/**
 * The server is killed (SIGKILL) at random moments under load from SDK clients in other processes,
 * some of which are killed, too. In the end everybody has sent what he wanted, and all histories are
 * compared with what was written down on the way (quality.md, section 3).
 */
export async function runFaults({
  seconds,
  seed,
  people: count = 4,
  messagesPerSecond = 12,
  meanMsBetweenKills = 3_000,
}: FaultRun): Promise<FaultVerdict> {
  const random = new SeededRandom(seed)
  const folder = await mkdtemp(join(tmpdir(), 'parley-faults-'))
  const ledgerFolder = join(folder, 'ledger')
  const dataFolder = join(folder, 'server')
  await mkdir(ledgerFolder)
  const ledger = new LedgerWriter(ledgerFolder, 'main')
  const port = await freePort()
  const startServer = () => ServerProcess.start({ dataFolder, port, environment: generousLimits })
  let server = await startServer()
  const people = await makePeople({
    url: server.url,
    folder,
    ledgerFolder,
    ledger,
    seed,
    count,
    messagesPerSecond,
  })
  let kills = 0
  let clientKills = 0
  try {
    for (const person of people) person.start()
    const endMs = performance.now() + seconds * 1_000
    while (performance.now() < endMs) {
      await sleep(calmMs + random.below(2 * (meanMsBetweenKills - calmMs)))
      const person = random.pick(people)
      if (person !== undefined && random.chance(clientKillChance)) {
        clientKills += 1
        ledger.write({ op: 'nemesis', what: 'kill', target: person.name, ph: 'start' })
        await person.kill()
        person.start()
        ledger.write({ op: 'nemesis', what: 'kill', target: person.name, ph: 'stop' })
      }
      kills += 1
      ledger.write({ op: 'nemesis', what: 'kill', target: 'server', ph: 'start' })
      await server.kill()
      server = await startServer()
      ledger.write({ op: 'nemesis', what: 'kill', target: 'server', ph: 'stop' })
    }
    await Promise.all(people.map((person) => person.order('rest', 'rested')))
    await Promise.all(people.map((person) => person.order('tell', 'told')))
  } finally {
    await Promise.all(people.map((person) => person.kill()))
    await server[Symbol.asyncDispose]()
  }
  const lines = readLedger(ledgerFolder)
  const anomalies = checkLedger(lines, { firstOkMsMax })
  const numberOf = (...names: readonly string[]) =>
    anomalies.filter(({ name }) => names.includes(name)).length
  const sent = lines.filter((line) => line.op === 'send' && line.ph === 'invoke').length
  const acked = new Set(
    lines.flatMap((line) =>
      line.op === 'send' && line.ph === 'ok' ? [`${line.dev} ${line.conv} ${line.n}`] : [],
    ),
  ).size
  const recoveries = [...recoveriesMs(lines)].sort((a, b) => a - b)
  const [lost, duplicated, reordered] = [
    numberOf('lost-write', 'unseen'),
    numberOf('duplicate-seq', 'duplicate-delivery'),
    numberOf('nonmonotonic-recv', 'sender-reorder'),
  ]
  if (anomalies.length === 0) await rm(folder, { recursive: true, force: true })
  return {
    seed,
    seconds,
    sent,
    acked,
    lost,
    duplicated,
    reordered,
    diverged: anomalies.length - lost - duplicated - reordered,
    kills,
    clientKills,
    recoveryMsP50: Math.round(recoveries[Math.floor(recoveries.length / 2)] ?? 0),
    recoveryMsMax: Math.round(recoveries.at(-1) ?? 0),
    anomalies: anomalies.slice(0, anomaliesShown),
  }
}
