/**
 * `npm run faults -- --seconds 60 --seed N`: kills the server under load from SDK clients, and says
 * what became of the messages. The last line is JSON; ends with 1 when anything was lost, doubled,
 * reordered or differs, and when nothing was tried.
 */
import process, { argv, stderr, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { runFaults } from './run-faults.ts'

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
  },
})
const { anomalies, ...verdict } = await runFaults({
  seconds: Number(values.seconds),
  seed: Number(values.seed),
})
for (const { name, detail } of anomalies) stderr.write(`${name}: ${detail}\n`)
stdout.write(`${JSON.stringify(verdict)}\n`)
const { acked, kills, lost, duplicated, reordered, diverged } = verdict
const isGood = lost + duplicated + reordered + diverged === 0 && acked > 0 && kills > 0
process.exit(isGood ? 0 : 1)
