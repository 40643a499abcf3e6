/**
 * `npm run simulate -- --seeds N [--seed FIRST] [--break RULE]`: histories of the write path under
 * crashes, zombies, duplicates and lost answers, held against our promises. The last line is JSON.
 * With `--break` one rule is broken on purpose, and violations are expected.
 */
import process, { argv, hrtime, stderr, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { sabotages } from './sabotages.ts'
import { simulate } from './simulation.ts'

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    seeds: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    break: { type: 'string' },
  },
})

const rule = values.break
if (rule === 'list' || (rule !== undefined && sabotages[rule] === undefined)) {
  stdout.write(`${Object.keys(sabotages).join('\n')}\n`)
  process.exitCode = rule === 'list' ? 0 : 2
} else {
  await run(Number(values.seed), Number(values.seeds))
}

async function run(first: number, seeds: number): Promise<void> {
  const start = hrtime.bigint()
  const sums = {
    violations: 0,
    messages: 0,
    membershipChanges: 0,
    ownerChanges: 0,
    crashes: 0,
    zombies: 0,
  }
  for (let seed = first; seed < first + seeds; seed += 1) {
    const outcome = await simulate(seed, rule === undefined ? {} : sabotages[rule])
    if (outcome.violations.length > 0) {
      sums.violations += 1
      if (sums.violations <= 10) stderr.write(`seed ${seed}: ${outcome.violations.join('; ')}\n`)
    }
    for (const name of [
      'messages',
      'membershipChanges',
      'ownerChanges',
      'crashes',
      'zombies',
    ] as const)
      sums[name] += outcome[name]
  }
  const seconds = Number((hrtime.bigint() - start) / 1_000_000n) / 1000
  stdout.write(`${JSON.stringify({ seeds, ...sums, ...(rule && { broken: rule }), seconds })}\n`)
  if (sums.violations > 0 && rule === undefined) process.exitCode = 1
  if (sums.violations === 0 && rule !== undefined) process.exitCode = 1
}
