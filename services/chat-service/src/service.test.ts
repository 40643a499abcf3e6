import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { openEmbeddedEngines } from '@parley/engines'
import {
  type Command,
  type CommandEnvelope,
  type ConversationId,
  chatRoutes,
  decodeEdgeBatch,
  decodeMessage,
  decodeServerFrames,
  directConversationId,
  type EdgeDelivery,
  encodeAccountEvent,
  encodeCommandBlob,
  encodeCommandEnvelope,
  isDeviceId,
  isUserId,
  limits,
  type Message,
  newConnectionId,
  toBytes,
  toText,
} from '@parley/protocol'
import { jsonLog, systemClock } from '@parley/runtime'
import { newGroupId, newPerson, type Person } from '../tests/people.ts'
import { startChatService } from './service.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('chat-service', () => {
  test('a message goes to everyone who is connected, and to the sender as its ack', async () => {
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

  test('[N1] a retry is answered with a cumulative ack to its device alone', async () => {
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

  test('history is paged both ways, within the interval of the reader', async () => {
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

  test('[invariant 7] whoever is removed reads up to the line of his removal, and no further', async () => {
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

  test('[R22] [R7] sync gives what is missing, and says when it cannot', async () => {
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

  test('[R22] a gap of 2,001 entries is too long, one of 2,000 is not', async () => {
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

  test('[N18] a welcome waits in the box of the device until it is acknowledged', async () => {
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

  test('a large handshake is uploaded, named by its hash, and read by members alone', async () => {
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

  test('a revoked device must leave the group before anything else is said', async () => {
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

const historyPath = (conversation: ConversationId) => `/v1/conversations/${conversation}/messages`

function sendCommand(generation: number, epoch = 1): Command {
  return { kind: 'send', epoch, generation, isSilent: false, commitment: new Uint8Array(32) }
}

/** The service on embedded engines, and an edge that keeps what it is given. */
async function openScene(folder?: string) {
  await using resources = new AsyncDisposableStack()
  const dataFolder = folder ?? (await mkdtemp(join(tmpdir(), 'parley-')))
  if (folder === undefined) resources.defer(() => rm(dataFolder, { recursive: true }))
  const { nowMs, monotonicMs } = systemClock
  const engines = resources.use(await openEmbeddedEngines({ dataFolder, nowMs, monotonicMs }))
  const service = resources.use(
    await startChatService({
      ...engines,
      verify: async (token) => {
        const [user, device] = token.split('.')
        assert.ok(isUserId(user) && isDeviceId(device))
        return { user, device, sessionVersion: 1, scope: 'all', expiresAtMs: Infinity }
      },
      clock: systemClock,
      log: jsonLog({ level: 'warn', clock: systemClock, write: (line) => assert.fail(line) }),
    }),
  )
  const deliveries: EdgeDelivery[] = []
  const waiting = new Set<() => void>()
  await engines.bus.subscribe('edge:test', (batch) => {
    deliveries.push(...decodeEdgeBatch(batch))
    for (const wake of waiting) wake()
  })
  const counters = new Map<string, number>()
  const owned = resources.move()

  async function delivery(matches: (delivery: EdgeDelivery) => boolean): Promise<EdgeDelivery> {
    for (;;) {
      const found = deliveries.find(matches)
      if (found !== undefined) return found
      await new Promise<void>((resolve) => waiting.add(resolve))
      waiting.clear()
    }
  }

  function fetch({ user, device }: Person, path: string, init: RequestInit = {}) {
    const headers = {
      authorization: `Bearer ${user}.${device}`,
      'content-type': 'application/json',
    }
    return service.fetch(new Request(`http://chat${path}`, { headers, ...init }))
  }

  const scene = {
    engines,
    epoch: engines.epoch,
    delivery,
    fetch,
    get: (person: Person, path: string) => fetch(person, path),
    call: (person: Person, method: string, path: string, body: unknown) =>
      fetch(person, path, { method, body: JSON.stringify(body) }),
    put: (person: Person, path: string, body: unknown) => scene.call(person, 'PUT', path, body),
    async connect({ user, device }: Person) {
      const connection = newConnectionId({ atMs: 1, cell: 0, random: BigInt(counters.size) })
      await engines.sessionRegistry.announce([{ user, device, edge: 'test', connection }])
    },
    post(person: Person, conversation: ConversationId, part: PartOfEnvelope) {
      const envelope: CommandEnvelope = {
        conversation,
        sender: person.user,
        device: person.device,
        standing: 1,
        body: new Uint8Array(0),
        handshake: undefined,
        ...part,
      }
      counters.set(`${person.device}${conversation}`, part.n)
      const value = encodeCommandEnvelope(envelope)
      return engines.eventLog.append('commands', [{ key: conversation, value, rules: 1 }])
    },
    async append(person: Person, conversation: ConversationId, part: PartOfEnvelope) {
      await scene.post(person, conversation, part)
    },
    async send(person: Person, conversation: ConversationId, body: Uint8Array) {
      const n = (counters.get(`${person.device}${conversation}`) ?? 0) + 1
      const command = sendCommand(n)
      await scene.append(person, conversation, { n, prev: n - 1, command, body })
    },
    async create(
      creator: Person,
      conversation: ConversationId,
      others: readonly Person[],
      { kind = 'group', blob }: { kind?: 'direct' | 'group'; blob?: Uint8Array } = {},
    ) {
      for (const person of [creator, ...others]) await scene.connect(person)
      const command: Command = {
        kind: 'create',
        conversationKind: kind,
        encryption: 'mls',
        members: others.map(({ user }) => user),
        devices: [creator, ...others],
        suite: 0x4f,
        epoch: 1,
        blob,
      }
      const handshake =
        blob === undefined
          ? { welcome: bytes('welcome'), tree: bytes('tree'), groupInfo: bytes('info') }
          : undefined
      await scene.append(creator, conversation, { n: 1, prev: 0, standing: 0, command, handshake })
      await scene.message(creator, conversation, 1)
    },
    async friends() {
      const [alice, bob] = [newPerson(), newPerson()] as const
      const conversation = directConversationId(alice.user, bob.user)
      await scene.create(alice, conversation, [bob], { kind: 'direct' })
      await scene.message(bob, conversation, 1)
      return [alice, bob] as const
    },
    async message({ user }: Person, conversation: ConversationId, seq: number) {
      let message: Message | undefined
      const { pts } = await delivery((of) => {
        if (of.user !== user || of.pts === 0) return false
        message = decodeMessage(of.bytes)
        return message.conversation === conversation && message.seq === seq
      })
      assert.ok(message)
      return { pts, message }
    },
    async history(person: Person, conversation: ConversationId, query = '') {
      const response = await fetch(person, historyPath(conversation) + query)
      const { messages, isEnd } = chatRoutes.listMessages.answer.parse(await response.json())
      return { seqs: messages.map((text) => decodeMessage(toBytes(text)).seq), isEnd }
    },
    async bodies(person: Person, conversation: ConversationId) {
      const response = await fetch(person, `${historyPath(conversation)}?after=0`)
      const { messages } = chatRoutes.listMessages.answer.parse(await response.json())
      return messages.map((text) => decodeMessage(toBytes(text)).body)
    },
    async sync(person: Person, since: number, epoch = engines.epoch) {
      const response = await fetch(person, `/v1/sync?since=${since}&epoch=${epoch}`)
      const [page] = decodeServerFrames(new Uint8Array(await response.arrayBuffer()))
      assert.ok(page?.kind === 'sync-page')
      return page
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
  return scene
}

type PartOfEnvelope = Pick<CommandEnvelope, 'n' | 'prev' | 'command'> & Partial<CommandEnvelope>
