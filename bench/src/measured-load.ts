import type { ServerProcess } from '@parley/testing'
import type { LoadOptions, LoadResult, Network } from './network.ts'
import { hundredths } from './percentiles.ts'

const mib = 2 ** 20

/** What the server and the generator have used in the measured window. */
interface Usage {
  readonly serverCpuMicros: number
  readonly serverCores: number
  readonly generatorCores: number
  readonly residentMiB: number
}

export interface Measured {
  readonly result: LoadResult
  readonly usage: Usage
}

/** Load, and the time of all processors that the server has taken meanwhile. */
export async function measuredLoad(
  network: Network,
  server: ServerProcess,
  options: Omit<LoadOptions, 'onWindow'>,
): Promise<Measured> {
  let atStart = { server: 0, generator: process.cpuUsage(), ms: 0 }
  let usage: Usage | undefined
  const result = await network.load({
    ...options,
    onWindow(edge) {
      if (edge === 'start') {
        const generator = process.cpuUsage()
        atStart = { server: server.cpuMicros(), generator, ms: performance.now() }
        return
      }
      const micros = (performance.now() - atStart.ms) * 1_000
      const serverCpuMicros = server.cpuMicros() - atStart.server
      const { user, system } = process.cpuUsage(atStart.generator)
      usage = {
        serverCpuMicros,
        serverCores: hundredths(serverCpuMicros / micros),
        generatorCores: hundredths((user + system) / micros),
        residentMiB: Math.round(server.residentBytes() / mib),
      }
    },
  })
  if (usage === undefined) throw new Error('the window has not ended')
  return { result, usage }
}
