import { limits } from '@parley/protocol'
import { freePort } from '@parley/testing'
import { Network } from '../network.ts'
import { hundredths } from '../percentiles.ts'
import type { Scenario } from '../scenario.ts'

const restMs = 5_000

/** Authenticated sockets that do nothing: what each costs to open and to keep. */
export const idle: Scenario = async (input) => {
  const { size = 5_000, seconds = 10 } = input
  const port = await freePort()
  const first = await input.startServer({ port })
  const network = new Network(first.url)
  const accountCount = Math.ceil(size / limits.socketsPerDevice)
  input.say(`${accountCount} sign-ups`)
  const accounts = await network.signUp(accountCount)
  const clients = Array.from({ length: size }, (_, index) => {
    const account = accounts[index % accountCount]
    if (account === undefined) throw new Error('an account for each socket')
    return network.add(account)
  })
  // What signing up has left in memory would give sockets room that nobody counts.
  await first[Symbol.asyncDispose]()
  await using server = await input.startServer({ port })
  // The first sockets load code and make caches that all others use.
  const warmUp = clients.slice(0, Math.ceil(size / 20))
  await network.connect(warmUp)
  await rest(restMs)
  const before = { bytes: server.residentBytes(), cpu: server.cpuMicros() }
  const startMs = performance.now()
  await network.connect(clients.slice(warmUp.length))
  const connectSeconds = (performance.now() - startMs) / 1_000
  const opened = clients.length - warmUp.length
  const connectCpuMs = (server.cpuMicros() - before.cpu) / 1_000 / opened
  await rest(restMs)
  const bytes = server.residentBytes()
  const idleCpu = server.cpuMicros()
  await rest(seconds * 1_000)
  const idleCpuMicros = server.cpuMicros() - idleCpu
  const stillOpen = clients.filter(({ isReady }) => isReady).length
  const { errors } = network
  await network.close()
  return {
    sockets: size,
    accounts: accountCount,
    warmUpSockets: warmUp.length,
    kibPerSocket: hundredths((bytes - before.bytes) / 1_024 / opened),
    connectCpuMs: hundredths(connectCpuMs),
    connectsPerSecond: Math.round(opened / connectSeconds),
    idleCores: hundredths(idleCpuMicros / (seconds * 1e6)),
    residentMiB: Math.round(bytes / 2 ** 20),
    lost: size - stillOpen,
    errors,
  }
}

const rest = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
