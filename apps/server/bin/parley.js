#!/usr/bin/env -S node --max-semi-space-size=8
// Plain JavaScript, so that an old Node can still say what is missing. The larger young generation
// that V8 would take costs each idle socket 6 KiB of memory, and saves little.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as module from 'node:module'
import { fileURLToPath } from 'node:url'

const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url))
const node = `${modules}/.bin/node`
if (process.features.typescript === 'strip') {
  // Stripped types are kept for the next start: it is faster, and the stripper is not loaded.
  module.enableCompileCache(`${modules}/.cache/parley`)
  const { main } = await import('../src/main.ts')
  await main(process.argv.slice(2))
} else if (existsSync(node) && process.env.PARLEY_DEV_RERUN === undefined) {
  const args = ['--max-semi-space-size=8', fileURLToPath(import.meta.url), ...process.argv.slice(2)]
  const env = { ...process.env, PARLEY_DEV_RERUN: '1' }
  const child = spawn(node, args, { stdio: 'inherit', env })
  // A terminal tells the whole group of Ctrl+C; other signals are for the child.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('exit', (code) => {
    process.exitCode = code ?? 1
  })
} else {
  console.error(`Parley needs Node 24, and this is ${process.version}. Run "npm ci" first.`)
  process.exitCode = 2
}
