import { hundredths, percentilesOf } from '../percentiles.ts'
import type { Scenario } from '../scenario.ts'

const starts = 5
const restMs = 3_000

/** From the start of the process to the line that says it is ready, and its memory then. */
export const start: Scenario = async ({ startServer }) => {
  const readyMs: number[] = []
  const residentMiB: number[] = []
  for (let count = 0; count < starts; count += 1) {
    await using server = await startServer()
    readyMs.push(server.readyMs)
    await new Promise((resolve) => setTimeout(resolve, restMs))
    residentMiB.push(server.residentBytes() / 2 ** 20)
  }
  return {
    starts,
    /** On an empty data folder, and with whatever the machine had cached. */
    firstReadyMs: hundredths(readyMs[0] ?? 0),
    readyMs: percentilesOf(readyMs),
    idleResidentMiB: percentilesOf(residentMiB),
  }
}
