import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  type CommandEnvelope,
  decodeCommandEnvelope,
  encodeFrame,
  errorFacts,
  limits,
  protocolVersion,
} from '@parley/protocol'
import {
  exampleMessage,
  exampleNotice,
  newConversation,
  newPerson,
  openScene,
  settle,
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

describe('hello', () => {
  test('[P11] a device that shows its token is told where its log stands', async () => {
    await using scene = await openScene()
    const alice = newPerson()
    scene.chat.heads.set(alice.user, 7)
    await using socket = await scene.connect(alice)
    const { user, device, pts, epoch, heartbeatMs, version } = socket.ready ?? assert.fail()
    assert.deepEqual([user, device, pts, epoch], [alice.user, alice.device, 7, 'e'])
    assert.deepEqual([heartbeatMs, version], [limits.heartbeatMs, protocolVersion])
    assert.equal(scene.registry.sessions.size, 1)
  })

  test('[P10] a socket without hello is closed after five seconds', async () => {
    await using scene = await openScene()
    await using socket = await RawSocket.open(scene.url)
    scene.clock.advance(limits.helloMs + 1_300)
    assert.equal(await socket.closed, errorFacts.timeout.closeCode)
  })

  test('[P10] a bad token is refused with a code that says: renew it', async () => {
    await using scene = await openScene()
    await using socket = await RawSocket.open(scene.url)
    socket.send({ kind: 'hello', version: 1, token: 'a.b.c', client: 'raw' })
    assert.equal((await socket.next('error')).code, 'unauthenticated')
    assert.equal(await socket.closed, 4401)
  })

  test('[P10] [P82] a version that is too old is refused for good', async () => {
    await using scene = await openScene()
    await using socket = await RawSocket.open(scene.url)
    socket.send({ kind: 'hello', version: 0, token: '', client: 'raw' })
    assert.equal(await socket.closed, 4503)
  })

  test('[P10] before the token is verified a frame is small', async () => {
    await using scene = await openScene()
    await using socket = await RawSocket.open(scene.url)
    const token = 'x'.repeat(limits.helloBytesMax)
    socket.send({ kind: 'hello', version: 1, token, client: 'raw' })
    assert.equal(await socket.closed, 1009)
  })

  test('[P10] another frame before hello ends the socket', async () => {
    await using scene = await openScene()
    await using socket = await RawSocket.open(scene.url)
    socket.send({ kind: 'heartbeat', pts: 0 })
    assert.equal(await socket.closed, 4401)
  })

  test('[P11] [R14] hello and three sends in one message are all taken', async () => {
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

  test('[P41] what is delivered while a session opens is told by a heartbeat', async () => {
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
  test('[P12] [R28] a token is renewed on the same socket', async () => {
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

  test('[P12] a socket ends a minute after its token', async () => {
    await using scene = await openScene({ config: { heartbeatMs: 300_000 } })
    await using socket = await scene.connect(newPerson(), 60_000)
    scene.clock.advance(60_000 + limits.tokenGraceMs + 2_000)
    assert.equal(await socket.closed, 4401)
  })

  test('[P12] the token of another device renews nothing', async () => {
    await using scene = await openScene()
    await using socket = await scene.connect(newPerson())
    const token = await scene.users.token(newPerson())
    socket.send({ kind: 'hello', version: 1, token, client: 'raw' })
    assert.equal((await socket.next('error')).code, 'not-allowed')
  })

  test('[P13] [R27] a revoked device is cut at once, and refused afterwards', async () => {
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
  test('[P13] [R16] the third socket of a device replaces the first, which gets nothing more', async () => {
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

  test('[P13] an account has no more sockets than it may', async () => {
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

  test('[P26] [R29] two devices of one account get their own answers and common events', async () => {
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

  test('[P42] [R17] [F18] a silent peer is gone within sixty seconds', async () => {
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

  test('[P40] [P41] [R31] a heartbeat names the newest place, also when its delivery was lost', async () => {
    await using scene = await openScene()
    const alice = newPerson()
    await using socket = await scene.connect(alice)
    scene.chat.heads.set(alice.user, 5)
    scene.clock.advance(limits.heartbeatMs + 1_000)
    assert.equal((await socket.next('heartbeat')).pts, 5)
  })
})
