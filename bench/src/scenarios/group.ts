import { measuredLoad } from '../measured-load.ts'
import { Network } from '../network.ts'
import { hundredths } from '../percentiles.ts'
import type { Scenario } from '../scenario.ts'

/** One conversation of 256 members, all there; now and then one of them writes. */
export const group: Scenario = async (input) => {
  const { ratePerSecond = 10, seconds = 30, size = 256 } = input
  await using server = await input.startServer()
  const network = new Network(server.url)
  input.say(`${size} sign-ups`)
  const accounts = await network.signUp(size)
  const clients = accounts.map((account) => network.add(account))
  await network.connect()
  await network.converse(clients)
  const { result, usage } = await measuredLoad(network, server, {
    ratePerSecond,
    seconds,
    warmUpSeconds: 10,
  })
  await network.close()
  const perDelivery = usage.serverCpuMicros / result.deliveries
  return {
    members: size,
    ratePerSecond,
    seconds,
    cpuMicrosPerDelivery: hundredths(perDelivery),
    ...result,
    ...usage,
  }
}
