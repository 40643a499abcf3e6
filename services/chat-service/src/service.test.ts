import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import {
  chatRoutes,
  decodeServerFrames,
  directConversationId,
  encodeAccountEvent,
  encodeCommandBlob,
  limits,
  toBytes,
  toText,
} from '@parley/protocol'
import { newGroupId, newPerson } from '../tests/people.ts'
import { historyPath, openScene, sendCommand } from '../tests/scene.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('chat-service', () => {
  test('[P24] [P30] a message goes to everyone who is connected, and to the sender as its ack', async () => {
    await using scene = await openScene()
    const [alice, bob] = await scene.friends()
    const conversation = directConversationId(alice.user, bob.user)
    await scene.send(alice, conversation, bytes('hello'))
    const toBob = await scene.message(bob, conversation, 2)
    const toAlice = await scene.message(alice, conversation, 2)
    assert.deepEqual(toBob.message, toAlice.message)
    assert.deepEqual(toBob.message.body, bytes('hello'))
    assert.equal(toBob.pts, 2)
  })

  test('[P25] [N1] a retry is answered with a cumulative ack to its device alone', async () => {
    await using scene = await openScene()
    const [alice, bob] = await scene.friends()
    const conversation = directConversationId(alice.user, bob.user)
    await scene.send(alice, conversation, bytes('one'))
    await scene.message(alice, conversation, 2)
    await scene.append(alice, conversation, { n: 2, prev: 1, command: sendCommand(1) })
    const delivery = await scene.delivery(({ pts, device }) => pts === 0 && device === alice.device)
    assert.deepEqual(decodeServerFrames(delivery.bytes), [
      { kind: 'ack', conversation, n: 2, seq: 2 },
    ])
  })

  test('[P35] history is paged both ways, within the interval of the reader', async () => {
    await using scene = await openScene()
    const [alice, bob] = await scene.friends()
    const conversation = directConversationId(alice.user, bob.user)
    for (const text of ['2', '3', '4', '5', '6']) await scene.send(alice, conversation, bytes(text))
    await scene.message(bob, conversation, 6)
    const newest = await scene.history(bob, conversation, '?limit=2')
    assert.deepEqual(newest.seqs, [6, 5])
    assert.equal(newest.isEnd, false)
    assert.deepEqual((await scene.history(bob, conversation, '?before=5')).seqs, [4, 3, 2, 1])
    const forward = await scene.history(bob, conversation, '?after=3')
    assert.deepEqual(forward.seqs, [4, 5, 6])
    assert.equal(forward.isEnd, true)
    const stranger = newPerson()
    assert.equal((await scene.get(stranger, historyPath(conversation))).status, 404)
  })

  test('[P35] [invariant 7] whoever is removed reads up to the line of his removal, and no further', async () => {
    await using scene = await openScene()
    const [alice, bob, carol] = [newPerson(), newPerson(), newPerson()] as const
    const group = newGroupId()
    await scene.create(alice, group, [bob, carol])
    const commit = {
      kind: 'commit',
      epoch: 1,
      addUsers: [],
      removeUsers: [carol.user],
      addDevices: [],
      removeDevices: [carol.device],
    } as const
    await scene.append(alice, group, { n: 2, prev: 1, command: commit })
    await scene.append(alice, group, { n: 3, prev: 2, command: sendCommand(1, 2) })
    await scene.message(bob, group, 3)
    assert.deepEqual((await scene.history(carol, group)).seqs, [2, 1])
    assert.deepEqual((await scene.history(bob, group)).seqs, [3, 2, 1])
    const { events } = await scene.sync(carol, 0)
    assert.deepEqual(
      events.map(({ message }) => message.seq),
      [1, 2],
    )
  })

  test('[P32] [P33] [P34] [R22] [R7] sync gives what is missing, and says when it cannot', async () => {
    await using scene = await openScene()
    const [alice, bob] = await scene.friends()
    const conversation = directConversationId(alice.user, bob.user)
    await scene.send(alice, conversation, bytes('x'))
    await scene.message(bob, conversation, 2)
    const page = await scene.sync(bob, 1)
    assert.equal(page.verdict, 'entries')
    assert.deepEqual(
      page.events.map(({ pts, message }) => [pts, message.seq]),
      [[2, 2]],
    )
    assert.ok(page.isLast)
    assert.equal((await scene.sync(bob, 3)).verdict, 'epoch')
    assert.equal((await scene.sync(bob, 0, 'another')).verdict, 'epoch')
  })

  test('[P33] [R22] a gap of 2,001 entries is too long, one of 2,000 is not', async () => {
    await using scene = await openScene()
    const [alice, bob] = await scene.friends()
    const conversation = directConversationId(alice.user, bob.user)
    const total = limits.syncEntriesMax + 1
    for (let n = 2; n <= total; n += 1)
      scene.post(alice, conversation, { n, prev: n - 1, command: sendCommand(n - 1) })
    await scene.message(bob, conversation, total)
    assert.equal((await scene.sync(bob, 0)).verdict, 'too-long')
    assert.equal((await scene.sync(bob, 1)).verdict, 'entries')
  })

  test('the list shows the last activity first, and what is unread', async () => {
    await using scene = await openScene()
    const [alice, bob] = await scene.friends()
    const direct = directConversationId(alice.user, bob.user)
    const group = newGroupId()
    await scene.create(alice, group, [bob])
    await scene.send(alice, direct, bytes('later'))
    await scene.message(bob, direct, 2)
    const list = chatRoutes.listConversations.answer.parse(
      await (await scene.get(bob, '/v1/conversations')).json(),
    )
    assert.deepEqual(
      list.conversations.map((row) => [row.conversation, row.headCounted - row.readCounted]),
      [
        [direct, 1],
        [group, 0],
      ],
    )
    assert.equal(list.epoch, scene.epoch)
    assert.equal(list.next, null)
    await scene.put(bob, `/v1/conversations/${direct}/mark`, { version: 1, readSeq: 2, blob: '' })
    const first = chatRoutes.listConversations.answer.parse(
      await (await scene.get(bob, '/v1/conversations?limit=1')).json(),
    )
    assert.equal(first.conversations[0]?.readCounted, 1)
    const second = chatRoutes.listConversations.answer.parse(
      await (await scene.get(bob, `/v1/conversations?before=${first.next}`)).json(),
    )
    assert.deepEqual(
      second.conversations.map(({ conversation }) => conversation),
      [group],
    )
  })

  test('[P22] [P36] [N18] a welcome waits in the box of the device until it is acknowledged', async () => {
    await using scene = await openScene()
    const [alice, bob] = [newPerson(), newPerson()] as const
    const group = newGroupId()
    await scene.create(alice, group, [bob])
    const box = chatRoutes.listDeviceBox.answer.parse(
      await (await scene.get(bob, '/v1/device-box')).json(),
    )
    const [entry] = box.entries
    assert.deepEqual(
      [entry?.conversation, entry?.seq, toBytes(entry?.welcome ?? '')],
      [group, 1, bytes('welcome')],
    )
    await scene.call(bob, 'POST', '/v1/device-box/acknowledge', { upTo: entry?.id })
    const empty = await (await scene.get(bob, '/v1/device-box')).json()
    assert.deepEqual((empty as { entries: unknown[] }).entries, [])
  })

  test('[P22] a large handshake is uploaded, named by its hash, and read by members alone', async () => {
    await using scene = await openScene()
    const [alice, bob] = [newPerson(), newPerson()] as const
    const handshake = { welcome: bytes('large'), tree: bytes('tree'), groupInfo: bytes('info') }
    const blob = encodeCommandBlob({ body: bytes('commit'), handshake })
    const upload = await scene.fetch(alice, '/v1/command-blobs', {
      method: 'POST',
      body: blob as Uint8Array<ArrayBuffer>,
    })
    const { hash } = (await upload.json()) as { hash: string }
    const group = newGroupId()
    await scene.create(alice, group, [bob], { blob: toBytes(hash) })
    const box = await (await scene.get(bob, '/v1/device-box')).json()
    const { entries } = chatRoutes.listDeviceBox.answer.parse(box)
    assert.equal(entries[0]?.welcome, toText(bytes('large')))
    const path = `/v1/conversations/${group}/blobs/${hash}`
    assert.deepEqual(new Uint8Array(await (await scene.get(bob, path)).arrayBuffer()), blob)
    assert.equal((await scene.get(newPerson(), path)).status, 404)
  })

  test('[P29] a revoked device must leave the group before anything else is said', async () => {
    await using scene = await openScene()
    const [alice, bob] = await scene.friends()
    const conversation = directConversationId(alice.user, bob.user)
    await scene.engines.eventLog.append('account-events', [
      {
        key: bob.user,
        value: encodeAccountEvent({ kind: 'device-revoked', ...bob }),
        rules: 0,
      },
    ])
    const { message } = await scene.message(alice, conversation, 2)
    assert.equal(message.command.kind, 'system')
    await scene.append(alice, conversation, { n: 2, prev: 1, command: sendCommand(1) })
    const { bytes: answer } = await scene.delivery(({ pts }) => pts === 0)
    assert.partialDeepStrictEqual(decodeServerFrames(answer), [{ reason: 'commit-required' }])
  })

  test('an author erases his message everywhere, and nobody else does', async () => {
    await using scene = await openScene()
    const [alice, bob] = await scene.friends()
    const conversation = directConversationId(alice.user, bob.user)
    await scene.send(alice, conversation, bytes('canary'))
    await scene.append(bob, conversation, { n: 1, prev: 0, command: { kind: 'erase', target: 2 } })
    await scene.message(alice, conversation, 3)
    assert.deepEqual((await scene.bodies(bob, conversation))[1], bytes('canary'))
    await scene.append(alice, conversation, {
      n: 3,
      prev: 2,
      command: { kind: 'erase', target: 2 },
    })
    await scene.message(bob, conversation, 4)
    assert.deepEqual((await scene.bodies(bob, conversation))[1], new Uint8Array(0))
  })

  test('after a restart everything is as it was, and goes on', async () => {
    const dataFolder = await mkdtemp(join(tmpdir(), 'parley-'))
    const [alice, bob] = [newPerson(), newPerson()] as const
    const conversation = directConversationId(alice.user, bob.user)
    {
      await using scene = await openScene(dataFolder)
      await scene.create(alice, conversation, [bob], { kind: 'direct' })
      await scene.send(alice, conversation, bytes('before'))
      await scene.message(bob, conversation, 2)
    }
    {
      await using scene = await openScene(dataFolder)
      await scene.connect(bob)
      await scene.append(alice, conversation, { n: 3, prev: 2, command: sendCommand(3) })
      assert.equal((await scene.message(bob, conversation, 3)).pts, 3)
    }
    await rm(dataFolder, { recursive: true })
  })
})
