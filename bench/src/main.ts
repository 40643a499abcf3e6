/**
 * `npm run bench -- --scenario NAME [--rate N] [--seconds S] [--size N] [--save]`: one JSON line at
 * the end. The server is a process of its own on a data folder of its own; this process plays the
 * people and holds the watch.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { generousLimits, ServerProcess } from '@parley/testing'
import { commitName, loadAverage, machineFacts } from './machine.ts'
import { topFunctions } from './profile.ts'
import type { Scenario } from './scenario.ts'
import { catchup } from './scenarios/catchup.ts'
import { catchupSdk } from './scenarios/catchup-sdk.ts'
import { direct } from './scenarios/direct.ts'
import { group } from './scenarios/group.ts'
import { idle } from './scenarios/idle.ts'
import { kill } from './scenarios/kill.ts'
import { maxRate } from './scenarios/max-rate.ts'
import { start } from './scenarios/start.ts'

const scenarios: Readonly<Record<string, Scenario>> = {
  direct,
  'max-rate': maxRate,
  group,
  idle,
  catchup,
  'catchup-sdk': catchupSdk,
  kill,
  start,
}

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', default: 'direct' },
    rate: { type: 'string' },
    seconds: { type: 'string' },
    size: { type: 'string' },
    /** A folder for profiles of the server; says where it spent its time. */
    profile: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
})
const scenario = scenarios[values.scenario]
if (scenario === undefined) {
  process.stderr.write(`Scenarios: ${Object.keys(scenarios).join(', ')}\n`)
  process.exit(2)
}

const number = (text: string | undefined) => (text === undefined ? undefined : Number(text))
const dataFolder = await mkdtemp(join(tmpdir(), 'parley-bench-'))
/** As `npm start` has it. */
const heap = '--max-semi-space-size=8'
const nodeOptions =
  values.profile === undefined
    ? [heap]
    : [heap, '--cpu-prof', '--cpu-prof-interval=500', `--cpu-prof-dir=${values.profile}`]
const loadBefore = loadAverage()
try {
  const figures = await scenario({
    startServer: ({ environment = {}, ...options } = {}) =>
      ServerProcess.start({
        dataFolder,
        nodeOptions,
        ...options,
        environment: { ...generousLimits, ...environment },
      }),
    ratePerSecond: number(values.rate),
    seconds: number(values.seconds),
    size: number(values.size),
    say: (line) => void process.stderr.write(`${line}\n`),
  })
  const line = {
    scenario: values.scenario,
    ...figures,
    loadAverage: { before: loadBefore, after: loadAverage() },
    machine: machineFacts(),
    commit: commitName(),
  }
  if (values.save) {
    const file = new URL(`../results/${values.scenario}.json`, import.meta.url)
    await mkdir(new URL('.', file), { recursive: true })
    await writeFile(fileURLToPath(file), `${JSON.stringify(line, null, 2)}\n`)
  }
  if (values.profile !== undefined)
    for (const row of topFunctions(values.profile, number(values.seconds) ?? 20))
      process.stderr.write(`${row}\n`)
  process.stdout.write(`${JSON.stringify(line)}\n`)
} finally {
  await rm(dataFolder, { recursive: true, force: true })
}
