import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: {
      readonly functionName: string
      readonly url: string
      readonly lineNumber: number
    }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/**
 * Where the server has spent its time: the functions with the highest self time in the last
 * `seconds` of each profile in a folder (`--cpu-prof`), one table per thread.
 */
export function topFunctions(folder: string, seconds: number, rows = 40): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.cpuprofile'))
    .flatMap((file) => {
      const profile: CpuProfile = JSON.parse(readFileSync(join(folder, file), 'utf8'))
      return [file, ...tableOf(profile, seconds, rows)]
    })
}

function tableOf({ nodes, samples, timeDeltas }: CpuProfile, seconds: number, rows: number) {
  const names = new Map(
    nodes.map(({ id, callFrame }) => {
      const place = callFrame.url.replace(/^.*\/(?=(apps|services|common|node_modules)\/)/, '')
      return [id, `${callFrame.functionName || '(anonymous)'} ${place}:${callFrame.lineNumber + 1}`]
    }),
  )
  const micros = new Map<string, number>()
  let left = seconds * 1e6
  for (let at = samples.length - 1; at >= 0 && left > 0; at -= 1) {
    const name = names.get(samples[at] ?? 0) ?? '?'
    const delta = timeDeltas[at] ?? 0
    micros.set(name, (micros.get(name) ?? 0) + delta)
    left -= delta
  }
  const idle = [...micros].filter(
    ([name]) => name.startsWith('(idle)') || name.startsWith('(program)'),
  )
  const total = [...micros.values()].reduce((sum, value) => sum + value, 0)
  const busy = total - idle.reduce((sum, [, value]) => sum + value, 0)
  return [
    `busy ${(busy / 1e6).toFixed(2)} s of ${(total / 1e6).toFixed(2)} s`,
    ...[...micros]
      .sort(([, a], [, b]) => b - a)
      .slice(0, rows)
      .map(([name, value]) => `${((value / total) * 100).toFixed(1).padStart(5)} %  ${name}`),
  ]
}
