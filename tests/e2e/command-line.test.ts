import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freePort, ServerProcess } from '@parley/testing'

const program = fileURLToPath(new URL('../../apps/server/bin/parley.js', import.meta.url))

describe('the command line', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-cli-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  async function parley(words: readonly string[], environment: Record<string, string> = {}) {
    const child = spawn(process.execPath, [program, ...words], {
      env: {
        ...process.env,
        PARLEY_DATA: join(folder, 'data'),
        PARLEY_PORT: '0',
        PARLEY_OPS_PORT: String(await freePort()),
        PARLEY_DEV_SKIP_WEB_BUILD: '1',
        ...environment,
      },
    })
    let output = ''
    let complaints = ''
    child.stdout.on('data', (bytes) => {
      output += bytes
    })
    child.stderr.on('data', (bytes) => {
      complaints += bytes
    })
    const [status] = await once(child, 'close')
    return { status, output, complaints }
  }

  test('says what there is, and what there is not', async () => {
    const help = await parley(['help'])
    assert.equal(help.status, 0)
    for (const command of ['start', 'config', 'user create', 'doctor', 'help'])
      assert.match(help.output, new RegExp(`^  ${command}`, 'm'))
    const unknown = await parley(['strat'])
    assert.equal(unknown.status, 2)
    assert.match(unknown.complaints, /There is no command "strat"/)
  })

  test('finds faults in the settings, all at once', async () => {
    assert.equal((await parley(['config', 'check'])).status, 0)
    const bad = await parley(['config', 'check'], { PARLEY_PORT: 'http', PARLEY_LOG_LEVEL: 'loud' })
    assert.notEqual(bad.status, 0)
    assert.match(bad.complaints + bad.output, /PARLEY_PORT/)
    assert.match(bad.complaints + bad.output, /PARLEY_LOG_LEVEL/)
    assert.match(
      (await parley(['config', 'print'])).output,
      /^PARLEY_OPS_PORT=\d+ {2}\(environment\)$/m,
    )
    assert.match((await parley(['config', 'docs'])).output, /PARLEY_GATEWAY_SEND_BURST/)
  })

  test('makes an account while no server runs, and says why it does not', async () => {
    const made = await parley(['user', 'create', 'anna', '--json'])
    assert.equal(made.status, 0, made.complaints)
    assert.match(JSON.parse(made.output).password, /^\S{15,}$/)
    const again = await parley(['user', 'create', 'anna'])
    assert.equal(again.status, 1)
    assert.match(again.complaints, /was not made/)
    assert.equal((await parley(['user', 'create', 'ab'])).status, 1)
    assert.equal((await parley(['user', 'create'])).status, 2)
  })

  test('starts once on a folder and once on a port, and ends when told', async () => {
    const data = join(folder, 'busy')
    const server = await ServerProcess.start({ dataFolder: data })
    const second = await parley(['start'], { PARLEY_DATA: data })
    assert.notEqual(second.status, 0)
    assert.match(second.complaints, /in use|another|already/i)
    await server[Symbol.asyncDispose]()
    assert.equal(server.isRunning, false)

    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const address = taken.address()
    assert.ok(address !== null && typeof address === 'object')
    const onPort = await parley(['start'], { PARLEY_PORT: String(address.port) })
    taken.close()
    assert.notEqual(onPort.status, 0)
    assert.match(onPort.complaints, new RegExp(String(address.port)))
  })

  test('looks at the machine', async () => {
    const { status, output } = await parley(['doctor'])
    assert.equal(status, 0, output)
    assert.match(output, /^ok +disk/m)
  })
})
