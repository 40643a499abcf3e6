import { RawClient } from '@parley/testing'
import { Network, until } from '../network.ts'
import { hundredths, percentilesOf } from '../percentiles.ts'
import type { Scenario } from '../scenario.ts'

const conversations = 10
const missedPerConversation = 100
const rounds = 20

/** Somebody was away, and ten others have written to him: from opening a socket to the last message. */
export const catchup: Scenario = async (input) => {
  const { size = conversations * missedPerConversation } = input
  await using server = await input.startServer()
  const network = new Network(server.url)
  const [account, ...others] = await network.signUp(conversations + 1)
  if (account === undefined) throw new Error('an account')
  const away = network.add(account)
  const friends = others.map((other) => network.add(other))
  await network.connect()
  for (const friend of friends) await network.converse([away, friend])
  const known = away.pts
  await away.close()
  for (let sent = 0; sent < size; sent += 1) {
    const group = network.groups[sent % conversations]
    if (group === undefined) throw new Error('a conversation')
    network.send(group, 1, performance.now(), false)
  }
  await until(() => network.groups.every(({ chains }) => chains[1]?.openCount === 0), 30_000)

  const times: number[] = []
  let received = 0
  const cpuBefore = server.cpuMicros()
  for (let round = 0; round < rounds; round += 1) {
    const { promise, resolve } = Promise.withResolvers<void>()
    received = 0
    const back = new RawClient({
      url: server.url,
      account,
      onEvent() {
        received += 1
        if (received === size) resolve()
      },
    })
    back.startAt(known)
    const startMs = performance.now()
    await back.connect()
    await promise
    times.push(performance.now() - startMs)
    await back.close()
  }
  const cpuMs = (server.cpuMicros() - cpuBefore) / 1_000 / rounds
  await network.close()
  return {
    missed: size,
    conversations,
    rounds,
    /** The first finds nothing compiled and nothing in memory. */
    firstMs: hundredths(times[0] ?? 0),
    catchUpMs: percentilesOf(times),
    serverCpuMs: hundredths(cpuMs),
    received,
    errors: network.errors,
  }
}
