import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
  encodeCommandEnvelope,
  isDeviceId,
  isUserId,
  type Message,
  newConnectionId,
  toBytes,
} from '@parley/protocol'
import { jsonLog, systemClock } from '@parley/runtime'
import { startChatService } from '../src/service.ts'
import { newPerson, type Person } from './people.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

export const historyPath = (conversation: ConversationId) =>
  `/v1/conversations/${conversation}/messages`

export function sendCommand(generation: number, epoch = 1): Command {
  return { kind: 'send', epoch, generation, isSilent: false, commitment: new Uint8Array(32) }
}

/** The service on embedded engines, and an edge that keeps what it is given. */
export async function openScene(folder?: string) {
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
