import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  ChatError,
  type CommandEnvelope,
  decodeCommandEnvelope,
  decodePresenceInput,
  encodeFrame,
  errorFacts,
  limits,
  protocolVersion,
} from '@parley/protocol'
import {
  exampleMessage,
  exampleMessageOf,
  exampleNotice,
  newConversation,
  newPerson,
  openScene,
} from '../tests/gateway-scene.ts'
import { RawSocket } from '../tests/raw-socket.ts'

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

/** Lets everything happen that needs no time. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

describe('hello', () => {
  test('a device that shows its token is told where its log stands', async () => {
    await using scene = await openScene()
    const alice = newPerson()
    scene.chat.heads.set(alice.user, 7)
    await using socket = await scene.connect(alice)
    const { user, device, pts, epoch, heartbeatMs, version } = socket.ready ?? assert.fail()
    assert.deepEqual([user, device, pts, epoch], [alice.user, alice.device, 7, 'e'])
    assert.deepEqual([heartbeatMs, version], [limits.heartbeatMs, protocolVersion])
    assert.equal(scene.registry.sessions.size, 1)
  })

  test('a socket without hello is closed after five seconds', async () => {
    await using scene = await openScene()
    await using socket = await RawSocket.open(scene.url)
    scene.clock.advance(limits.helloMs + 1_300)
    assert.equal(await socket.closed, errorFacts.timeout.closeCode)
  })

  test('a bad token is refused with a code that says: renew it', async () => {
    await using scene = await openScene()
    await using socket = await RawSocket.open(scene.url)
    socket.send({ kind: 'hello', version: 1, token: 'a.b.c', client: 'raw' })
    assert.equal((await socket.next('error')).code, 'unauthenticated')
    assert.equal(await socket.closed, 4401)
  })

  test('a version that is too old is refused for good', async () => {
    await using scene = await openScene()
    await using socket = await RawSocket.open(scene.url)
    socket.send({ kind: 'hello', version: 0, token: '', client: 'raw' })
    assert.equal(await socket.closed, 4503)
  })

  test('before the token is verified a frame is small', async () => {
    await using scene = await openScene()
    await using socket = await RawSocket.open(scene.url)
    const token = 'x'.repeat(limits.helloBytesMax)
    socket.send({ kind: 'hello', version: 1, token, client: 'raw' })
    assert.equal(await socket.closed, 1009)
  })

  test('another frame before hello ends the socket', async () => {
    await using scene = await openScene()
    await using socket = await RawSocket.open(scene.url)
    socket.send({ kind: 'heartbeat', pts: 0 })
    assert.equal(await socket.closed, 4401)
  })

  test('[R14] hello and three sends in one message are all taken', async () => {
    await using scene = await openScene()
    const alice = newPerson()
    await using socket = await RawSocket.open(scene.url)
    const conversation = newConversation()
    socket.send(
      { kind: 'hello', version: 1, token: await scene.users.token(alice), client: 'raw' },
      ...[1, 2, 3].map((n) => ({ kind: 'send', envelope: envelope({ conversation, n }) }) as const),
    )
    await socket.next('ready')
    await settle()
    const written = scene.log.records.map(({ value }) => decodeCommandEnvelope(value))
    assert.deepEqual(
      written.map(({ n, sender, device }) => [n, sender, device]),
      [1, 2, 3].map((n) => [n, alice.user, alice.device]),
    )
  })

  test('what is delivered while a session opens is told by a heartbeat', async () => {
    await using scene = await openScene()
    const alice = newPerson()
    const announce = scene.registry.announce.bind(scene.registry)
    scene.registry.announce = async (sessions) => {
      await announce(sessions)
      scene.deliver({ user: alice.user, pts: 1, isEphemeral: false, bytes: exampleMessage })
    }
    await using socket = await scene.connect(alice)
    assert.equal(socket.ready?.pts, 0)
    assert.equal((await socket.next('heartbeat')).pts, 1)
  })

  test('when chat-service is away the client comes back later', async () => {
    await using scene = await openScene()
    scene.chat.isAway = true
    await using socket = await RawSocket.open(scene.url)
    const token = await scene.users.token(newPerson())
    socket.send({ kind: 'hello', version: 1, token, client: 'raw' })
    assert.equal(await socket.closed, errorFacts.unavailable.closeCode)
  })

  test('without the session registry a session opens all the same', async () => {
    await using scene = await openScene()
    scene.registry.isAway = true
    await using socket = await scene.connect(newPerson())
    assert.ok(socket.ready)
    scene.registry.isAway = false
    scene.clock.advance(limits.sessionLeaseMs / 3)
    await settle()
    assert.equal(scene.registry.sessions.size, 1)
  })
})

describe('tokens', () => {
  test('[R28] a token is renewed on the same socket', async () => {
    await using scene = await openScene({ config: { heartbeatMs: 300_000 } })
    const alice = newPerson()
    await using socket = await scene.connect(alice, 60_000)
    const token = await scene.users.token(alice, 600_000)
    socket.send({ kind: 'hello', version: 1, token, client: 'raw' })
    for (let request = 1; scene.chat.requests.at(-1)?.authorization !== `Bearer ${token}`; ) {
      assert(request < 1_000, 'the token is taken')
      socket.send({ kind: 'sync', request, epoch: 'e', since: 0 })
      await socket.next('sync-page')
      request += 1
    }
    scene.clock.advance(130_000)
    scene.deliver({ user: alice.user, ...ephemeral, bytes: exampleNotice })
    assert.equal((await socket.next('notice')).notice, 'devices')
  })

  test('a socket ends a minute after its token', async () => {
    await using scene = await openScene({ config: { heartbeatMs: 300_000 } })
    await using socket = await scene.connect(newPerson(), 60_000)
    scene.clock.advance(60_000 + limits.tokenGraceMs + 2_000)
    assert.equal(await socket.closed, 4401)
  })

  test('the token of another device renews nothing', async () => {
    await using scene = await openScene()
    await using socket = await scene.connect(newPerson())
    const token = await scene.users.token(newPerson())
    socket.send({ kind: 'hello', version: 1, token, client: 'raw' })
    assert.equal((await socket.next('error')).code, 'not-allowed')
  })

  test('[R27] a revoked device is cut at once, and refused afterwards', async () => {
    await using scene = await openScene()
    const [alice, bob] = [newPerson(), newPerson()]
    await using socket = await scene.connect(alice)
    await using other = await scene.connect(bob)
    scene.revoke(alice)
    assert.equal(await socket.closed, 4501)
    await using again = await RawSocket.open(scene.url)
    const token = await scene.users.token(alice)
    again.send({ kind: 'hello', version: 1, token, client: 'raw' })
    assert.equal(await again.closed, 4501)
    scene.deliver({ user: bob.user, ...ephemeral, bytes: exampleNotice })
    await other.next('notice')
  })
})

describe('sockets of a device', () => {
  test('[R16] the third socket of a device replaces the first, which gets nothing more', async () => {
    await using scene = await openScene()
    const alice = newPerson()
    await using first = await scene.connect(alice)
    await using second = await scene.connect(alice)
    await using third = await scene.connect(alice)
    assert.equal(await first.closed, 1000)
    scene.deliver({ user: alice.user, pts: 1, isEphemeral: false, bytes: exampleMessage })
    await second.next('event')
    await third.next('event')
    assert.deepEqual(
      first.seen.map(({ kind }) => kind),
      ['ready'],
    )
  })

  test('an account has no more sockets than it may', async () => {
    await using scene = await openScene()
    const { user } = newPerson()
    await using resources = new AsyncDisposableStack()
    for (let at = 0; at < limits.socketsPerAccount; at += 1)
      resources.use(await scene.connect({ user, device: newPerson().device }))
    const socket = await RawSocket.open(scene.url)
    const token = await scene.users.token({ user, device: newPerson().device })
    socket.send({ kind: 'hello', version: 1, token, client: 'raw' })
    assert.equal(await socket.closed, errorFacts.overloaded.closeCode)
  })

  test('[R29] two devices of one account get their own answers and common events', async () => {
    await using scene = await openScene()
    const alice = newPerson()
    const other = { user: alice.user, device: newPerson().device }
    await using phone = await scene.connect(alice)
    await using laptop = await scene.connect(other)
    const { user, device } = alice
    scene.deliver(
      { user, device, pts: 0, isEphemeral: false, bytes: exampleNotice },
      {
        user,
        exceptDevice: device,
        ...ephemeral,
        bytes: encodeFrame({ kind: 'heartbeat', pts: 3 }),
      },
      { user, pts: 1, isEphemeral: false, bytes: exampleMessage },
    )
    await phone.next('event')
    await laptop.next('event')
    assert.deepEqual(
      phone.seen.map(({ kind }) => kind),
      ['ready', 'notice', 'event'],
    )
    assert.deepEqual(
      laptop.seen.map(({ kind }) => kind),
      ['ready', 'heartbeat', 'event'],
    )
  })

  test('[R17] [F18] a silent peer is gone within sixty seconds', async () => {
    await using scene = await openScene()
    const socket = await scene.connect(newPerson())
    socket.deafen()
    for (let second = 0; second < 60; second += 1) {
      scene.clock.advance(1_000)
      await settle()
    }
    assert.equal(await socket.closed, 1006)
    assert.equal(scene.registry.sessions.size, 0)
  })

  test('[R31] a heartbeat names the newest place, also when its delivery was lost', async () => {
    await using scene = await openScene()
    const alice = newPerson()
    await using socket = await scene.connect(alice)
    scene.chat.heads.set(alice.user, 5)
    scene.clock.advance(limits.heartbeatMs + 1_000)
    assert.equal((await socket.next('heartbeat')).pts, 5)
  })
})

describe('sends', () => {
  test('a command goes to the log under the name of whoever sent it', async () => {
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

  test('a log that fails is told to the sender, who may send again', async () => {
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

  test('whoever is too fast is told when to come again, and later is free again', async () => {
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

  test('bodies are taken up to the limit, and refused above it', async () => {
    await using scene = await openScene()
    await using socket = await scene.connect(newPerson())
    socket.command(envelope({ body: new Uint8Array(limits.messageBodyBytesMax) }))
    await settle()
    assert.equal(scene.log.records.length, 1)
    socket.command(envelope({ body: new Uint8Array(limits.messageBodyBytesMax + 1) }))
    assert.equal((await socket.next('error')).code, 'too-large')
    assert.equal(scene.log.records.length, 1)
  })

  test('a message ten times too large ends the socket with 1009', async () => {
    await using scene = await openScene()
    await using socket = await scene.connect(newPerson())
    socket.command(envelope({ body: new Uint8Array(limits.messageBodyBytesMax * 10) }))
    assert.equal(await socket.closed, 1009)
    assert.equal(scene.log.records.length, 0)
  })

  test('a command that only services write is refused', async () => {
    await using scene = await openScene()
    await using socket = await scene.connect(newPerson())
    const { user, device } = newPerson()
    const command = { kind: 'system', change: 'device-revoked', user, device } as const
    socket.command(envelope({ command, body: new Uint8Array() }))
    assert.equal((await socket.next('error')).code, 'not-allowed')
  })

  test('a command whose blob was not uploaded does not pass', async () => {
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

  test('bytes that are no frames are told, and end the socket when they go on', async () => {
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
  test('[R13] a sync is answered with all its pages', async () => {
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

  test('a mark goes to chat-service in the name of the device', async () => {
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

  test('typing goes to presence-service, once in three seconds', async () => {
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

  test('presence-service hears of each socket that comes, watches and goes', async () => {
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
  test('[R12] [F17] ephemeral frames are dropped first, then events; a heartbeat brings it back', async () => {
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
  test('[R2] everybody is told to leave, and closed with 1012', async () => {
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
