/**
 * `npm run types`: the three type checks. Server and tests know Node; protocol and clients know
 * neither Node nor a page, so that they run in both; the web app knows the page.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import process from 'node:process'

const projects = ['tsconfig.json', 'tsconfig.clients.json', 'apps/web/tsconfig.json']
const failed = projects.filter((project) => {
  if (!existsSync(project)) throw new Error(`${project} is missing`)
  const { status } = spawnSync(
    process.execPath,
    ['node_modules/typescript7/bin/tsc', '--project', project],
    { stdio: 'inherit' },
  )
  return status !== 0
})
if (failed.length > 0) {
  process.stderr.write(`types: faults in ${failed.join(', ')}\n`)
  process.exitCode = 1
}
