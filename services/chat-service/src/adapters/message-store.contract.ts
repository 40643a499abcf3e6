import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Command, ConversationId, StoredMessage } from '@parley/protocol'
import { newGroupId, newPerson } from '../../tests/people.ts'
import { create, sendCommand } from '../../tests/script.ts'
import type { MessageStore } from '../domain/message-store.ts'

export interface OpenStore extends AsyncDisposable {
  readonly store: MessageStore
}

const alice = newPerson()
const bob = newPerson()
const carol = newPerson()

/** The promises of `MessageStore`, each as a test. Every adapter runs it. */
export function messageStoreContract(open: () => Promise<OpenStore>): void {
  test('messages are listed by seq, both ways, within the range and the limit', async () => {
    await using scene = await open()
    const id = newGroupId()
    await scene.store.append(messagesUpTo(id, 9))
    const list = async (order: 'oldest-first' | 'newest-first', limit: number) =>
      (await scene.store.list({ conversation: id, fromSeq: 3, toSeq: 7, order, limit })).map(
        ({ seq }) => seq,
      )
    assert.deepEqual(await list('oldest-first', 3), [3, 4, 5])
    assert.deepEqual(await list('newest-first', 3), [7, 6, 5])
    assert.deepEqual(await list('oldest-first', 50), [3, 4, 5, 6, 7])
  })

  test('a message comes back as it was', async () => {
    await using scene = await open()
    const messages = messagesUpTo(newGroupId(), 3)
    await scene.store.append(messages)
    assert.deepEqual(await all(scene.store, messages), messages)
  })

  test('[rule 7] appending again changes nothing, however late', async () => {
    await using scene = await open()
    const id = newGroupId()
    const messages = messagesUpTo(id, 4)
    await scene.store.append(messages.slice(0, 2))
    await scene.store.append(messages.slice(2))
    await scene.store.append(messages.slice(0, 3))
    assert.deepEqual(await all(scene.store, messages), messages)
    const [row] = await scene.store.conversationsOf(alice.user, { limit: 10 })
    assert.equal(row?.headSeq, 4)
  })

  test('[rule 7] a body that was erased does not come back', async () => {
    await using scene = await open()
    const id = newGroupId()
    const messages = messagesUpTo(id, 2)
    await scene.store.append(messages)
    await scene.store.append([at(id, 3, { kind: 'erase', target: 2 })])
    await scene.store.append(messages)
    const [, erased] = await all(scene.store, messages)
    assert.deepEqual([erased?.isErased, erased?.body.length], [true, 0])
  })

  test('an erasure by somebody else without a role has no effect, one by the owner has', async () => {
    await using scene = await open()
    const id = newGroupId()
    const fromBob = { ...at(id, 2, sendCommand(1, 1)), sender: bob.user, device: bob.device }
    const fromCarol = { ...at(id, 3, { kind: 'erase', target: 2 }), sender: carol.user }
    await scene.store.append([at(id, 1, create('group', alice, [bob, carol])), fromBob, fromCarol])
    assert.equal((await all(scene.store, [fromBob]))[1]?.isErased, false)
    await scene.store.append([at(id, 4, { kind: 'erase', target: 2 })])
    assert.equal((await all(scene.store, [fromBob]))[1]?.isErased, true)
  })

  test('of several snapshots the newest stays, in any order', async () => {
    await using scene = await open()
    const id = newGroupId()
    await scene.store.append(messagesUpTo(id, 1))
    for (const seq of [5, 9, 7]) await scene.store.saveSnapshot(id, { seq, text: `at ${seq}` })
    // A snapshot is a cache: it may appear later, or not at all, but never an older one after a newer.
    await scene.store.append([at(id, 2, sendCommand(1, 2))])
    const snapshot = await scene.store.loadSnapshot(id)
    assert.ok(snapshot === undefined || snapshot.text === `at ${snapshot.seq}`)
  })

  test('membership follows the messages, and keeps ended intervals', async () => {
    await using scene = await open()
    const id = newGroupId()
    const commit = { kind: 'commit', epoch: 1, addDevices: [], removeDevices: [] } as const
    await scene.store.append([
      at(id, 1, create('group', alice, [bob])),
      at(id, 2, { kind: 'set-role', user: bob.user, role: 'admin', since: 1 }),
      at(id, 3, { ...commit, addUsers: [carol.user], removeUsers: [bob.user] }),
      at(id, 4, { ...commit, addUsers: [bob.user], removeUsers: [] }),
    ])
    const now = await scene.store.membersOf(id)
    assert.deepEqual(
      now.map(({ user, role, fromSeq }) => [user, role, fromSeq]),
      [
        [alice.user, 'owner', 1],
        [carol.user, 'member', 3],
        [bob.user, 'member', 4],
      ],
    )
    assert.deepEqual((await scene.store.peersOf(bob.user, 10)).toSorted(), [
      ...[alice.user, bob.user, carol.user].toSorted(),
    ])
    await scene.store.append([{ ...at(id, 5, { kind: 'leave' }), sender: alice.user }])
    assert.partialDeepStrictEqual(await scene.store.membershipOf(id, alice.user), { toSeq: 5 })
    assert.partialDeepStrictEqual(await scene.store.membershipOf(id, carol.user), { role: 'owner' })
    assert.equal(await scene.store.membershipOf(id, newPerson().user), undefined)
  })

  test('conversations of a user are paged by last activity', async () => {
    await using scene = await open()
    const ids = [newGroupId(), newGroupId(), newGroupId()] as const
    for (const [index, id] of ids.entries())
      await scene.store.append([
        { ...at(id, 1, create('group', alice, [bob])), atMs: 1_000 + index },
      ])
    const first = await scene.store.conversationsOf(bob.user, { limit: 2 })
    assert.deepEqual(
      first.map(({ conversation }) => conversation),
      [ids[2], ids[1]],
    )
    const { lastActivityMs: atMs = 0, conversation = '' } = first[1] ?? {}
    const rest = await scene.store.conversationsOf(bob.user, {
      before: { atMs, conversation },
      limit: 2,
    })
    assert.deepEqual(
      rest.map(({ conversation: id }) => id),
      [ids[0]],
    )
  })
}

export function messagesUpTo(id: ConversationId, count: number): readonly StoredMessage[] {
  return Array.from({ length: count }, (_, index) =>
    at(id, index + 1, index === 0 ? create('group', alice, [bob]) : sendCommand(1, index)),
  )
}

function at(id: ConversationId, seq: number, command: Command): StoredMessage {
  return {
    conversation: id,
    seq,
    sender: alice.user,
    device: alice.device,
    n: seq,
    atMs: 1_000 + seq,
    counted: seq - 1,
    rules: 1,
    command: command.kind === 'create' ? { ...command, blob: undefined } : command,
    body: Uint8Array.of(seq % 256, 0, 255),
    isErased: false,
    source: { generation: 1, offset: 10 * seq },
  }
}

function all(store: MessageStore, [some]: readonly StoredMessage[]) {
  return store.list({
    conversation: some?.conversation ?? newGroupId(),
    fromSeq: 1,
    toSeq: Number.MAX_SAFE_INTEGER,
    order: 'oldest-first',
    limit: 100,
  })
}
