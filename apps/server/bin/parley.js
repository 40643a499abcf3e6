#!/usr/bin/env node
// Plain JavaScript, so that an old Node can still say what is missing.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const node = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url))
if (process.features.typescript === 'strip') {
  const { main } = await import('../src/main.ts')
  await main(process.argv.slice(2))
} else if (existsSync(node) && process.env.PARLEY_DEV_RERUN === undefined) {
  const args = [fileURLToPath(import.meta.url), ...process.argv.slice(2)]
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
