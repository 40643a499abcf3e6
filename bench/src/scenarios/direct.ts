import type { ServerProcess } from '@parley/testing'
import { measuredLoad } from '../measured-load.ts'
import { Network } from '../network.ts'
import type { Scenario } from '../scenario.ts'

/** Until the code that every message passes is compiled. */
const warmUpSeconds = 25

/** 200 users in pairs; everyone writes to his one friend. */
export const direct: Scenario = async (input) => {
  const { ratePerSecond = 500, seconds = 20, size = 200 } = input
  await using server = await input.startServer()
  const network = await pairs(server, size, input.say)
  const { result, usage } = await measuredLoad(network, server, {
    ratePerSecond,
    seconds,
    warmUpSeconds,
  })
  await network.close()
  return {
    users: size,
    ratePerSecond,
    seconds,
    warmUpSeconds,
    cpuMicrosPerMessage: Math.round(usage.serverCpuMicros / result.sent),
    ...result,
    ...usage,
  }
}

export async function pairs(
  server: ServerProcess,
  size: number,
  say: (line: string) => void,
): Promise<Network> {
  const network = new Network(server.url)
  await connectPairs(network, size, say)
  return network
}

export async function connectPairs(
  network: Network,
  size: number,
  say: (line: string) => void,
): Promise<void> {
  say(`${size} sign-ups`)
  const accounts = await network.signUp(size)
  const clients = accounts.map((account) => network.add(account))
  await network.connect()
  say(`${size / 2} conversations`)
  for (let at = 0; at + 1 < clients.length; at += 2)
    await network.converse(clients.slice(at, at + 2))
}
