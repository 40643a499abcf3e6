import { type Measured, measuredLoad } from '../measured-load.ts'
import type { Scenario } from '../scenario.ts'
import { pairs } from './direct.ts'

const ackMsMax = 250
const stepFactor = 1.2
const stepsMax = 16

/** Pairs write faster and faster, until an ack takes too long or something is refused. */
export const maxRate: Scenario = async (input) => {
  const { ratePerSecond: first = 1_000, seconds = 8, size = 200 } = input
  await using server = await input.startServer()
  const network = await pairs(server, size, input.say)
  let held: Readonly<Record<string, unknown>> = { ratePerSecond: 0 }
  let failed: Readonly<Record<string, unknown>> | undefined
  let ratePerSecond = first
  for (let step = 0; step < stepsMax && failed === undefined; step += 1) {
    const measured = await measuredLoad(network, server, {
      ratePerSecond,
      seconds,
      warmUpSeconds: 3,
    })
    const { ackMs, ackedPerSecond } = measured.result
    input.say(`${ratePerSecond}/s: ${ackedPerSecond}/s acked, p99 ${ackMs.p99} ms`)
    if (isHeld(measured)) held = figuresOf(ratePerSecond, measured)
    else failed = figuresOf(ratePerSecond, measured)
    ratePerSecond = Math.round((ratePerSecond * stepFactor) / 50) * 50
  }
  await network.close()
  return { users: size, seconds, ackP99MsMax: ackMsMax, ...held, failedAt: failed }
}

const isHeld = ({ result }: Measured): boolean =>
  result.ackMs.p99 <= ackMsMax &&
  result.acked === result.sent &&
  result.lost === 0 &&
  Object.keys(result.errors).length === 0

const figuresOf = (ratePerSecond: number, { result, usage }: Measured) => ({
  ratePerSecond,
  cpuMicrosPerMessage: Math.round(usage.serverCpuMicros / result.sent),
  ...result,
  ...usage,
})
