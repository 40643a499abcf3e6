/**
 * `npm run deps`: who may import whom (`.dependency-cruiser.cjs`). A check that has looked at
 * nothing says yes to everything, so the number of modules it has read is compared with the number
 * of source files.
 */
import { globSync } from 'node:fs'
import { createRequire } from 'node:module'
import process from 'node:process'
import { cruise, type ICruiseOptions } from 'dependency-cruiser'
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config'

const roots = ['apps/server', 'services', 'common', 'clients', 'examples', 'bench', 'tests']
const skipped = /(^|\/)(node_modules|dist|target|pkg|generated|crate)\//

const sources = globSync(roots.map((root) => `${root}/**/*.ts`)).filter(
  (file) => !skipped.test(file),
)
const { forbidden, options } = createRequire(import.meta.url)('../.dependency-cruiser.cjs')
const cruiseOptions: ICruiseOptions = {
  ...options,
  exclude: { path: skipped.source },
  ruleSet: { forbidden },
  validate: true,
}
const { output } = await cruise(
  sources,
  cruiseOptions,
  { conditionNames: ['import', 'types'], exportsFields: ['exports'] },
  { tsConfig: extractTSConfig('tsconfig.json') },
)
if (typeof output === 'string') throw new Error('a report was expected')
const { summary } = output
for (const { rule, from, to } of summary.violations)
  process.stdout.write(`${rule.severity} ${rule.name}: ${from} -> ${to}\n`)
process.stdout.write(`${summary.totalCruised} modules, ${summary.violations.length} violations\n`)
if (summary.totalCruised < sources.length) {
  process.stderr.write(`deps: read ${summary.totalCruised} of ${sources.length} source files\n`)
  process.exitCode = 1
}
if (summary.error > 0) process.exitCode = 1
