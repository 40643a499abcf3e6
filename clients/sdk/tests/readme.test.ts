import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
/** Not in the temporary folder: the packages are found from here. */
const folder = join(root, 'clients/sdk/target', `readme-${process.pid}`)

test('the examples of the README are right: they compile against the SDK', () => {
  const text = readFileSync(join(root, 'clients/sdk/README.md'), 'utf8')
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = '']) => code)
  const [programs, pages] = [
    blocks.filter((code) => !code.includes('browserPlatform')),
    blocks.filter((code) => code.includes('browserPlatform')),
  ]
  assert.ok(programs.length >= 3 && pages.length === 1, `${blocks.length} examples`)
  mkdirSync(folder, { recursive: true })
  try {
    // The first ones are parts of one program.
    writeFileSync(join(folder, 'program.ts'), programs.join('\n'))
    writeFileSync(join(folder, 'page.ts'), `${pages.join('\n')}\nexport { client }\n`)
    const settings = { extends: join(root, 'tsconfig.json'), include: ['*.ts'], exclude: [] }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
    const compiler = join(root, 'node_modules/typescript7/bin/tsc')
    const run = spawnSync(process.execPath, [compiler, '--project', folder], { encoding: 'utf8' })
    assert.equal(run.stdout, '')
    assert.equal(run.status, 0, run.stderr)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
