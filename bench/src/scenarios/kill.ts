import { freePort } from '@parley/testing'
import { Network, until } from '../network.ts'
import { hundredths } from '../percentiles.ts'
import type { Scenario } from '../scenario.ts'
import { connectPairs } from './direct.ts'

/** Clients try again this soon, so that what is measured is the server and not their patience. */
const returnMs = 100
const killAfterMs = 5_000

/** Killed under load and started again: what became of what was acked, and how long it took. */
export const kill: Scenario = async (input) => {
  const { ratePerSecond = 200, seconds = 12, size = 100 } = input
  const port = await freePort()
  const first = await input.startServer({ port })
  const network = new Network(first.url, { returnMs })
  await connectPairs(network, size, input.say)
  const loading = network.load({ ratePerSecond, seconds, warmUpSeconds: 0, onWindow() {} })
  await new Promise((resolve) => setTimeout(resolve, killAfterMs))
  const ackedBefore = network.ackedCount()
  await first.kill()
  const openAtKill = network.openCount()
  const restartMs = performance.now()
  network.lastAckMs = 0
  await using second = await input.startServer({ port })
  await until(() => network.lastAckMs > 0, 20_000)
  const firstAckMs = network.firstAckMs - restartMs
  const result = await loading
  const unanswered = network.openCount()
  await network.close()
  return {
    users: size,
    ratePerSecond,
    seconds,
    ackedBeforeKill: ackedBefore,
    openAtKill,
    ackedLost: result.lost,
    doubledOnRetry: result.doubled,
    unanswered,
    readyMs: hundredths(second.readyMs),
    firstAckAfterStartMs: hundredths(firstAckMs),
    sent: result.sent,
    acked: result.acked,
    deliveries: result.deliveries,
    errors: result.errors,
  }
}
