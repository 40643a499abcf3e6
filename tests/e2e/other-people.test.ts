import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { toText } from '@parley/protocol'
import { startTestServer } from '@parley/server/testing'
import { RawSocket } from '../../services/api-gateway/tests/raw-socket.ts'
import { RawDevice } from './raw-device.ts'

describe("another user's data", () => {
  let server: Awaited<ReturnType<typeof startTestServer>>
  let anna: RawDevice
  let ben: RawDevice
  let eve: RawDevice
  let conversation: string
  before(async () => {
    server = await startTestServer()
    anna = await RawDevice.signUp(server.url)
    ben = await RawDevice.signUp(server.url)
    eve = await RawDevice.signUp(server.url)
    await using socket = await RawSocket.open(server.url)
    await socket.hello(anna.session.accessToken)
    const create = anna.createDirect(ben)
    conversation = create.conversation
    socket.command(create)
    await socket.next('event')
    socket.command(anna.message(create.conversation, 'for Ben'))
    await socket.next('event', ({ message }) => message.seq === 2)
  })
  after(() => server[Symbol.asyncDispose]())

  test('of a conversation is not there for a stranger, by any route', async () => {
    const of = `/v1/conversations/${conversation}`
    const hash = toText(new Uint8Array(32))
    for (const [method, path, body] of [
      ['GET', of],
      ['GET', `${of}/messages`],
      ['GET', `${of}/marks`],
      ['PUT', `${of}/mark`, { version: 1, readSeq: 1, blob: '' }],
      ['GET', `${of}/blobs/${hash}`],
    ] as const) {
      const mine = await anna.request(method, path, body)
      const foreign = await eve.request(method, path, body)
      assert.equal(foreign.status, 404, `${method} ${path}`)
      const { error } = (await foreign.json()) as { error: { code: string } }
      assert.equal(error.code, 'not-found')
      if (!path.includes('/blobs/'))
        assert.equal(mine.status, 200, `${method} ${path} for a member`)
    }
    const list = (await (await eve.request('GET', '/v1/conversations')).json()) as {
      conversations: unknown[]
    }
    assert.deepEqual(list.conversations, [])
  })

  test('of a device is refused: renaming, revoking, approving', async () => {
    const of = `/v1/devices/${anna.device}`
    for (const [method, path, body] of [
      ['PATCH', of, { name: 'mine now' }],
      ['POST', `${of}/revoke`, { password: 'nobody guesses this one' }],
      [
        'PUT',
        `${of}/signature`,
        { signature: toText(new Uint8Array(64)), sealedAccountKey: toText(new Uint8Array(64)) },
      ],
    ] as const) {
      const response = await eve.request(method, path, body)
      assert.ok([403, 404, 405].includes(response.status), `${method} ${path}: ${response.status}`)
    }
    const devices = (await (await anna.request('GET', '/v1/devices')).json()) as {
      devices: { name: string }[]
    }
    assert.deepEqual(
      devices.devices.map(({ name }) => name),
      ['test'],
    )
  })

  test('is not written by a stranger who names the conversation in a frame', async () => {
    await using socket = await RawSocket.open(server.url)
    await socket.hello(eve.session.accessToken)
    const foreign = eve.message(conversation as Parameters<typeof eve.message>[0], 'hello')
    socket.command({ ...foreign, sender: anna.user, device: anna.device })
    const nack = await socket.next('nack')
    assert.ok(['not-a-member', 'stale-standing'].includes(nack.reason), nack.reason)
    assert.equal((await anna.history(foreign.conversation)).messages.length, 2)
  })

  test('without a token nothing but the public is there', async () => {
    for (const path of [
      '/v1/me',
      '/v1/devices',
      '/v1/conversations',
      '/v1/sync',
      '/v1/device-box',
    ]) {
      const response = await fetch(`${server.url}${path}`)
      assert.equal(response.status, 401, path)
    }
  })
})
