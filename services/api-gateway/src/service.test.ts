import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  ChatError,
  type CommandEnvelope,
  decodeCommandEnvelope,
  decodePresenceInput,
  encodeFrame,
  limits,
} from '@parley/protocol'
import {
  exampleMessageOf,
  newConversation,
  newPerson,
  openScene,
  settle,
} from '../tests/gateway-scene.ts'

const ephemeral = { pts: 0, isEphemeral: true } as const

function envelope(change: Partial<CommandEnvelope> = {}): CommandEnvelope {
  const { user, device } = newPerson()
  return {
    conversation: newConversation(),
    sender: user,
    device,
    n: 1,
    prev: 0,
    standing: 1,
    command: {
      kind: 'send',
      epoch: 1,
      generation: 1,
      isSilent: false,
      commitment: new Uint8Array(32),
    },
    body: Uint8Array.of(1, 2, 3),
    handshake: undefined,
    ...change,
  }
}

describe('sends', () => {
  test('[P20] a command goes to the log under the name of whoever sent it', async () => {
    await using scene = await openScene()
    const alice = newPerson()
    await using socket = await scene.connect(alice)
    const sent = envelope()
    socket.command(sent)
    socket.command({ ...sent, n: 2, prev: 1 })
    await settle()
    const [first, second] = scene.log.records
    assert(first !== undefined && second !== undefined)
    assert.deepEqual(decodeCommandEnvelope(first.value), {
      ...sent,
      sender: alice.user,
      device: alice.device,
    })
    assert.deepEqual([first.key, first.rules], [sent.conversation, 1])
    assert.equal(decodeCommandEnvelope(second.value).n, 2)
  })

  test('[P60] a log that fails is told to the sender, who may send again', async () => {
    await using scene = await openScene()
    await using socket = await scene.connect(newPerson())
    scene.log.failure = new ChatError('unavailable', 'no log')
    const sent = envelope()
    socket.command(sent)
    const { code, conversation, n, retryMs } = await socket.next('error')
    assert.deepEqual([code, conversation, n], ['unavailable', sent.conversation, 1])
    assert.ok(retryMs > 0)
    scene.log.failure = undefined
    socket.command(sent)
    await settle()
    assert.equal(scene.log.records.length, 1)
  })

  test('later commands of a socket wait for the append of earlier ones', async () => {
    await using scene = await openScene()
    await using socket = await scene.connect(newPerson())
    const { promise, resolve } = Promise.withResolvers<void>()
    scene.log.gate = promise
    const conversation = newConversation()
    for (let n = 1; n <= 4; n += 1) {
      socket.command(envelope({ conversation, n }))
      await settle()
    }
    assert.equal(scene.log.records.length, 0)
    resolve()
    await settle()
    const written = scene.log.records.map(({ value }) => decodeCommandEnvelope(value).n)
    assert.deepEqual(written, [1, 2, 3, 4])
    assert.deepEqual(scene.log.batches, [1, 3])
  })

  test('[P60] whoever is too fast is told when to come again, and later is free again', async () => {
    await using scene = await openScene({ config: { sendBurst: 2, sendRefillMs: 1_000 } })
    await using socket = await scene.connect(newPerson())
    const conversation = newConversation()
    for (let n = 1; n <= 3; n += 1) socket.command(envelope({ conversation, n }))
    const { code, n, retryMs } = await socket.next('error')
    assert.deepEqual([code, n, retryMs], ['rate', 3, 1_000])
    scene.clock.advance(1_000)
    socket.command(envelope({ conversation, n: 3 }))
    await settle()
    assert.equal(scene.log.records.length, 3)
  })

  test('[P72] bodies are taken up to the limit, and refused above it', async () => {
    await using scene = await openScene()
    await using socket = await scene.connect(newPerson())
    socket.command(envelope({ body: new Uint8Array(limits.messageBodyBytesMax) }))
    await settle()
    assert.equal(scene.log.records.length, 1)
    socket.command(envelope({ body: new Uint8Array(limits.messageBodyBytesMax + 1) }))
    assert.equal((await socket.next('error')).code, 'too-large')
    assert.equal(scene.log.records.length, 1)
  })

  test('[P7] a message ten times too large ends the socket with 1009', async () => {
    await using scene = await openScene()
    await using socket = await scene.connect(newPerson())
    socket.command(envelope({ body: new Uint8Array(limits.messageBodyBytesMax * 10) }))
    assert.equal(await socket.closed, 1009)
    assert.equal(scene.log.records.length, 0)
  })

  test('[P20] a command that only services write is refused', async () => {
    await using scene = await openScene()
    await using socket = await scene.connect(newPerson())
    const { user, device } = newPerson()
    const command = { kind: 'system', change: 'device-revoked', user, device } as const
    socket.command(envelope({ command, body: new Uint8Array() }))
    assert.equal((await socket.next('error')).code, 'not-allowed')
  })

  test('[P22] a command whose blob was not uploaded does not pass', async () => {
    await using scene = await openScene()
    await using socket = await scene.connect(newPerson())
    const command = {
      kind: 'commit',
      epoch: 1,
      addUsers: [],
      removeUsers: [],
      addDevices: [],
      removeDevices: [],
      blob: new Uint8Array(32),
    } as const
    scene.chat.blobs = false
    socket.command(envelope({ command, body: new Uint8Array() }))
    assert.equal((await socket.next('error')).code, 'not-found')
    scene.chat.blobs = true
    socket.command(envelope({ command, body: new Uint8Array() }))
    await settle()
    assert.equal(scene.log.records.length, 1)
  })

  test('[P62] bytes that are no frames are told, and end the socket when they go on', async () => {
    await using scene = await openScene()
    await using socket = await scene.connect(newPerson())
    socket.sendBytes(Uint8Array.of(255, 255))
    assert.equal((await socket.next('error')).code, 'bad-request')
    for (let at = 0; at < limits.invalidFramesPerMinute; at += 1) socket.sendBytes('text')
    assert.equal(await socket.closed, 4500)
  })

  test('who sends more bytes than allowed is sent away for a while', async () => {
    await using scene = await openScene({ config: { bytesInBurst: 4_096 } })
    await using socket = await scene.connect(newPerson())
    socket.command(envelope({ body: new Uint8Array(8_192) }))
    assert.equal(await socket.closed, 4429)
  })
})

describe('what passes through', () => {
  test('[P32] [R13] a sync is answered with all its pages', async () => {
    await using scene = await openScene()
    await using socket = await scene.connect(newPerson())
    scene.chat.entries = 5
    socket.send({ kind: 'sync', request: 9, epoch: 'e', since: 0 })
    const pages = [
      await socket.next('sync-page'),
      await socket.next('sync-page'),
      await socket.next('sync-page'),
    ]
    assert.deepEqual(
      pages.map(({ request, events, isLast }) => [request, events.map(({ pts }) => pts), isLast]),
      [
        [9, [1, 2], false],
        [9, [3, 4], false],
        [9, [5], true],
      ],
    )
  })

  test('[P55] a mark goes to chat-service in the name of the device', async () => {
    await using scene = await openScene()
    await using socket = await scene.connect(newPerson())
    const conversation = newConversation()
    const blob = Uint8Array.of(1)
    socket.send({ kind: 'mark', conversation, version: 2, readSeq: 3, blob })
    await settle()
    const { method, path, body } = scene.chat.requests.at(-1) ?? assert.fail()
    assert.deepEqual([method, path], ['PUT', `/v1/conversations/${conversation}/mark`])
    assert.deepEqual(JSON.parse(body), { version: 2, readSeq: 3, blob: 'AQ' })
  })

  test('[P51] typing goes to presence-service, once in three seconds', async () => {
    await using scene = await openScene()
    const alice = newPerson()
    await using socket = await scene.connect(alice)
    const conversation = newConversation()
    const signal = { kind: 'signal', signal: 'sealed', conversation } as const
    socket.send({ ...signal, payload: Uint8Array.of(1) }, { ...signal, payload: Uint8Array.of(2) })
    await settle()
    scene.clock.advance(3_000)
    socket.send({ ...signal, payload: Uint8Array.of(3) })
    await settle()
    const sealed = scene.bus.said
      .filter(({ channel }) => channel.startsWith('presence:'))
      .map(({ message }) => decodePresenceInput(message))
      .filter((input) => input.kind === 'sealed')
    assert.deepEqual(
      sealed.map(({ payload, session }) => [...payload, session.user]),
      [
        [1, alice.user],
        [3, alice.user],
      ],
    )
  })

  test('[P52] presence-service hears of each socket that comes, watches and goes', async () => {
    await using scene = await openScene()
    const [alice, bob] = [newPerson(), newPerson()]
    const socket = await scene.connect(alice)
    socket.send({ kind: 'signal', signal: 'watch', users: [bob.user] })
    await settle()
    await socket[Symbol.asyncDispose]()
    await settle()
    const told = scene.bus.said
      .filter(({ channel }) => channel.startsWith('presence:'))
      .map(({ message }) => decodePresenceInput(message))
      .map((input) => [input.kind, input.kind === 'watch' ? input.users : input.session.user])
    assert.deepEqual(told, [
      ['connected', alice.user],
      ['watch', [bob.user]],
      ['watch', []],
      ['disconnected', alice.user],
    ])
  })
})

describe('slow sockets', () => {
  test('[P43] [P50] [R12] [F17] ephemeral frames are dropped first, then events; a heartbeat brings it back', async () => {
    await using scene = await openScene()
    const alice = newPerson()
    await using socket = await scene.connect(alice)
    socket.pause()
    const { user } = alice
    const big = encodeFrame({
      kind: 'error',
      code: 'internal',
      message: 'x'.repeat(30_000),
      retryMs: 0,
    })
    // The kernel takes some megabytes before anything waits in the process.
    const bytes = exampleMessageOf(32_000)
    for (let pts = 1; pts <= 400; pts += 1) {
      scene.deliver({ user, pts, isEphemeral: false, bytes })
      scene.deliver({ user, ...ephemeral, bytes: big })
      await settle()
    }
    socket.resume()
    scene.clock.advance(1_000)
    await settle()
    scene.clock.advance(1_000)
    const { pts } = await socket.next('heartbeat', (frame) => frame.pts === 400)
    assert.equal(pts, 400)
    assert.ok(socket.seen.filter(({ kind }) => kind === 'event').length < 400)
  })
})

describe('the end', () => {
  test('[P14] [R2] everybody is told to leave, and closed with 1012', async () => {
    const scene = await openScene()
    const sockets = [await scene.connect(newPerson()), await scene.connect(newPerson())]
    const ended = scene[Symbol.asyncDispose]()
    for (let at = 0; at < 20; at += 1) {
      scene.clock.advance(100)
      await settle()
    }
    await ended
    for (const socket of sockets) {
      assert.equal(await socket.closed, 1012)
      assert.equal((await socket.next('go-away')).returnAfterMs, 0)
    }
    assert.equal(scene.registry.sessions.size, 0)
  })
})
