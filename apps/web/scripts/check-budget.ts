/**
 * `node scripts/check-budget.ts`: what a first visit costs, compared with what it may cost. Sizes
 * are gzipped, read from the built files. It ends with 1 when a budget is exceeded, and when it
 * found nothing to measure.
 */
import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const dist = fileURLToPath(new URL('../dist', import.meta.url))

interface Budget {
  readonly what: string
  readonly limitKb: number
  readonly files: readonly string[]
}

const scripts = globSync(`${dist}/assets/*.js`)
const html = readFileSync(`${dist}/index.html`, 'utf8')
const named = (file: string, name: string) => basename(file).startsWith(`${name}-`)
const first = scripts.filter((file) => html.includes(basename(file)))
const workers = ['shared-worker', 'tab-worker']
const isWorker = (file: string) => workers.some((name) => named(file, name))

const budgets: readonly Budget[] = [
  { what: 'JavaScript before sign-in', limitKb: 60, files: withImports(first) },
  {
    what: 'JavaScript of the page in all',
    limitKb: 120,
    files: scripts.filter((file) => !isWorker(file)),
  },
  ...workers.map((name) => ({
    what: `worker (${name})`,
    limitKb: 150,
    files: scripts.filter((file) => named(file, name)),
  })),
  { what: 'style sheets', limitKb: 15, files: globSync(`${dist}/assets/*.css`) },
]

for (const { what, limitKb, files } of budgets) {
  const bytes = files.reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0)
  const isKept = files.length > 0 && bytes <= limitKb * 1000
  process.stdout.write(
    `${isKept ? 'ok  ' : 'OVER'} ${what}: ${(bytes / 1000).toFixed(1)} of ${limitKb} kB gzipped\n`,
  )
  if (!isKept) process.exitCode = 1
}
if (/<script(?![^>]*\bsrc=)|<style|\sstyle=/.test(html)) {
  process.stdout.write('OVER index.html has an inline script or style, which the CSP refuses\n')
  process.exitCode = 1
}

/** The scripts that the page names, and those that they import before they run. */
function withImports(files: readonly string[]): readonly string[] {
  const all = new Set(files)
  for (const file of all)
    for (const [, name] of readFileSync(file, 'utf8').matchAll(
      /\bfrom\s*["']\.\/([\w.-]+\.js)["']/g,
    ))
      all.add(`${dist}/assets/${name}`)
  return [...all]
}
