import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { encodeFrame, limits } from '@parley/protocol'
import { generousLimits, SeededRandom, ServerProcess } from '@parley/testing'
import { RawSocket } from '../../services/api-gateway/tests/raw-socket.ts'
import { RawDevice } from './raw-device.ts'

const mib = 2 ** 20
/** What garbage may leave behind until it is collected. */
const memoryMibMax = 96

describe('bad input to a running server', () => {
  let folder: string
  let server: ServerProcess
  let anna: RawDevice
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-bad-'))
    server = await ServerProcess.start({ dataFolder: folder, environment: generousLimits })
    anna = await RawDevice.signUp(server.url)
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  for (const [title, factor] of [
    ['one byte above', 0],
    ['ten times above', 10],
  ] as const)
    test(`[P7] a message of a socket ${title} the limit closes it, and takes no memory`, async () => {
      const bytes = factor === 0 ? limits.frameBytesMax + 1 : limits.frameBytesMax * factor
      const beforeBytes = server.residentBytes()
      for (let turn = 0; turn < 20; turn += 1) {
        await using socket = await RawSocket.open(server.url)
        await socket.hello(anna.session.accessToken)
        socket.sendBytes(new Uint8Array(bytes))
        assert.equal(await socket.closed, 1009)
      }
      assert.ok(server.residentBytes() - beforeBytes < memoryMibMax * mib)
      assert.deepEqual(server.complaints, [])
    })

  test('[P72] a body passes at its limit, one byte above it is told by its number, and the socket stays', async () => {
    const ben = await RawDevice.signUp(server.url)
    await using socket = await RawSocket.open(server.url)
    await socket.hello(anna.session.accessToken)
    const create = anna.createDirect(ben)
    socket.command(create)
    await socket.next('event')
    const message = anna.message(create.conversation, '')
    socket.command({ ...message, body: new Uint8Array(limits.messageBodyBytesMax + 1) })
    const error = await socket.next('error')
    assert.deepEqual([error.code, error.n], ['too-large', message.n])
    socket.command({ ...message, body: new Uint8Array(limits.messageBodyBytesMax) })
    const { message: taken } = await socket.next('event', (event) => event.message.seq === 2)
    assert.equal(taken.body.length, limits.messageBodyBytesMax)
  })

  test('[P3] [P62] bytes that mean nothing never end the server, nor anybody else', async (context) => {
    const seed = Math.floor(Math.random() * 1_000_000)
    context.diagnostic(`seed ${seed}`)
    const random = new SeededRandom(seed)
    await using bystander = await RawSocket.open(server.url)
    await bystander.hello(anna.session.accessToken)
    const valid = encodeFrame({ kind: 'heartbeat', pts: 3 })
    const ben = await RawDevice.signUp(server.url)
    for (let turn = 0; turn < 60; turn += 1) {
      await using socket = await RawSocket.open(server.url)
      if (random.chance(0.7)) await socket.hello(ben.session.accessToken)
      for (let part = 0; part < 25; part += 1) {
        const bytes = random.chance(0.5)
          ? Uint8Array.from({ length: 1 + random.below(200) }, () => random.below(256))
          : valid.map((byte) => (random.chance(0.3) ? random.below(256) : byte))
        socket.sendBytes(random.chance(0.9) ? bytes : 'text')
      }
    }
    bystander.send({ kind: 'heartbeat', pts: 0 })
    bystander.send({ kind: 'sync', request: 1, epoch: bystander.ready?.epoch ?? '', since: 0 })
    assert.equal((await bystander.next('sync-page')).verdict, 'entries')
    assert.ok(server.isRunning)
    assert.deepEqual(server.complaints, [])
  })

  test('a JSON body passes at its limit, and is refused one byte and ten times above', async () => {
    const body = (bytes: number) => `{"users":[]${' '.repeat(bytes - 12)}}`
    const post = (text: string) =>
      fetch(`${server.url}/v1/users/profiles`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${anna.session.accessToken}`,
          'content-type': 'application/json',
        },
        body: text,
      })
    assert.ok((await post(body(limits.jsonBytesMax))).status < 413)
    for (const bytes of [limits.jsonBytesMax + 1, 10 * limits.jsonBytesMax]) {
      const response = await post(body(bytes))
      assert.equal(response.status, 413)
      const { error } = (await response.json()) as { error: { code: string } }
      assert.equal(error.code, 'too-large')
    }
  })

  for (const [title, path, init] of [
    ['broken JSON', '/v1/accounts', { method: 'POST', body: '{"name":' }],
    ['JSON of the wrong shape', '/v1/accounts', { method: 'POST', body: '[]' }],
    ['JSON nested too deeply', '/v1/accounts', { method: 'POST', body: '['.repeat(5_000) }],
    ['another content type', '/v1/accounts', { method: 'POST', body: 'x', type: 'text/plain' }],
    ['a URL above its limit', `/v1/users?name=${'a'.repeat(limits.urlBytesMax)}`, {}],
    ['an id that is none', '/v1/conversations/1', {}],
    ['a route that is internal', '/internal/revocations', {}],
  ] as const)
    test(`${title} gets a typed error`, async () => {
      const { type = 'application/json', ...rest }: RequestInit & { type?: string } = init
      const response = await fetch(`${server.url}${path}`, {
        ...rest,
        headers: { authorization: `Bearer ${anna.session.accessToken}`, 'content-type': type },
      })
      const text = await response.text()
      assert.ok(response.status >= 400 && response.status < 500, `${response.status} ${text}`)
      assert.match(text, /^\{"error":\{"code":"[a-z-]+"/)
    })

  test('a path never leads out of the web folder', async () => {
    for (const path of ['/%2e%2e/%2e%2e/%2e%2e/etc/passwd', '/..%2f..%2fpackage.json', '/%00']) {
      const text = await (await fetch(`${server.url}${path}`)).text()
      // The page of the app, or an error when it was not built.
      assert.match(text, /^(<!doctype html>|\{"error":|not found)/, path)
    }
  })
})
