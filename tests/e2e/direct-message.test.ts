import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { decodeMessage, toBytes } from '@parley/protocol'
import { startTestServer } from '@parley/server/testing'
import { RawDevice } from './raw-device.ts'

const text = (body: Uint8Array): string => new TextDecoder().decode(body)

test('two people who have just signed up exchange messages', async () => {
  await using server = await startTestServer()
  const [alice, bob] = [await RawDevice.signUp(server.url), await RawDevice.signUp(server.url)]
  await using toAlice = await alice.connect()
  await using toBob = await bob.connect()
  const create = alice.createDirect(bob)
  const { conversation } = create
  toAlice.command(create)
  assert.equal((await toBob.next('event')).message.command.kind, 'create')
  toAlice.command(alice.message(conversation, 'hello'))
  const received = await toBob.next('event')
  assert.equal(text(received.message.body), 'hello')
  toBob.command(bob.message(conversation, 'hello yourself'))
  const answer = await toAlice.next('event', ({ message }) => message.sender === bob.user)
  assert.equal(text(answer.message.body), 'hello yourself')
  assert.deepEqual([answer.pts, answer.message.seq, answer.message.counted], [3, 3, 2])
})

test('what was sent is there after a restart, for those who were away', async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'parley-'))
  await using resources = new AsyncDisposableStack()
  resources.defer(() => rm(dataFolder, { recursive: true }))
  let conversation: ReturnType<RawDevice['createDirect']>['conversation']
  let alice: RawDevice
  let bob: RawDevice
  let port: number
  {
    await using server = await startTestServer({ dataFolder })
    port = Number(new URL(server.url).port)
    alice = await RawDevice.signUp(server.url)
    bob = await RawDevice.signUp(server.url)
    await using toAlice = await alice.connect()
    const create = alice.createDirect(bob)
    conversation = create.conversation
    toAlice.command(create)
    for (const word of ['one', 'two', 'three']) toAlice.command(alice.message(conversation, word))
    await toAlice.next('event', ({ pts }) => pts === 4)
  }
  await using _ = await startTestServer({ dataFolder, port })
  await using toBob = await bob.connect()
  assert.equal(toBob.ready?.pts, 4)
  toBob.send({ kind: 'sync', request: 1, epoch: toBob.ready?.epoch ?? '', since: 0 })
  const page = await toBob.next('sync-page')
  assert.deepEqual(
    page.events.map(({ pts, message }) => [pts, text(message.body)]),
    [
      [1, ''],
      [2, 'one'],
      [3, 'two'],
      [4, 'three'],
    ],
  )
  assert.ok(page.isLast)
  const { messages } = await bob.history(conversation)
  assert.equal(text(decodeMessage(toBytes(messages[0] ?? '')).body), 'three')
})
