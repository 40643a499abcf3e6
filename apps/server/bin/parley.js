#!/usr/bin/env node
// Plain JavaScript, so that an old Node can still say what is missing.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const node = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url))
if (process.features.typescript === 'strip') {
  const { main } = await import('../src/main.ts')
  await main(process.argv.slice(2))
} else if (existsSync(node) && process.env.PARLEY_DEV_RERUN === undefined) {
  const env = { ...process.env, PARLEY_DEV_RERUN: '1' }
  const args = [fileURLToPath(import.meta.url), ...process.argv.slice(2)]
  const { status, signal } = spawnSync(node, args, { stdio: 'inherit', env })
  process.exitCode = status ?? (signal === null ? 1 : 130)
} else {
  console.error(`Parley needs Node 24, and this is ${process.version}. Run "npm ci" first.`)
  process.exitCode = 2
}
