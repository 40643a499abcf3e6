import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  type ConversationId,
  chatRoutes,
  decodeServerFrames,
  directConversationId,
  toText,
} from '@parley/protocol'
import { newPerson, type Person } from '../tests/people.ts'
import { openScene } from '../tests/scene.ts'

const blob = Uint8Array.of(7, 7, 7)

describe('marks', () => {
  test('[P55] the highest version of a device stands, however late an older one comes', async () => {
    await using scene = await openScene()
    const [alice, bob] = await scene.friends()
    const conversation = directConversationId(alice.user, bob.user)
    for (const [version, readSeq] of [
      [2, 2],
      [1, 1],
    ])
      await scene.put(alice, pathOf(conversation), { version, readSeq, blob: toText(blob) })
    const [mark, ...others] = await marksSeenBy(scene, alice, conversation)
    assert.equal(mark?.version, 2)
    assert.equal(mark?.readSeq, 2)
    assert.deepEqual(others, [])
  })

  test('[P56] how far somebody has read is told to his own devices, to others only what he sealed', async () => {
    await using scene = await openScene()
    const [alice, bob] = await scene.friends()
    const conversation = directConversationId(alice.user, bob.user)
    const tablet = { ...newPerson(), user: alice.user }
    await scene.connect(tablet)
    await scene.put(alice, pathOf(conversation), { version: 1, readSeq: 1, blob: toText(blob) })
    const toTablet = await scene.delivery(
      ({ user, isEphemeral }) => isEphemeral && user === alice.user,
    )
    const toBob = await scene.delivery(({ user, isEphemeral }) => isEphemeral && user === bob.user)
    const mark = {
      kind: 'mark',
      conversation,
      user: alice.user,
      device: alice.device,
      version: 1,
      blob,
    }
    assert.deepEqual(decodeServerFrames(toTablet.bytes), [{ ...mark, readSeq: 1 }])
    assert.deepEqual(decodeServerFrames(toBob.bytes), [{ ...mark, readSeq: 0 }])
    assert.equal((await marksSeenBy(scene, bob, conversation))[0]?.readSeq, 0)
  })

  test('[P56] a mark without a sealed part is told to nobody else', async () => {
    await using scene = await openScene()
    const [alice, bob] = await scene.friends()
    const conversation = directConversationId(alice.user, bob.user)
    await scene.put(alice, pathOf(conversation), { version: 1, readSeq: 1, blob: '' })
    await scene.put(alice, pathOf(conversation), { version: 2, readSeq: 1, blob: toText(blob) })
    const toBob = await scene.delivery(({ user, isEphemeral }) => isEphemeral && user === bob.user)
    const [first] = decodeServerFrames(toBob.bytes)
    assert.equal(first?.kind === 'mark' && first.version, 2)
  })

  test('[P57] who was away reads the marks by REST, and a stranger reads none', async () => {
    await using scene = await openScene()
    const [alice, bob] = await scene.friends()
    const conversation = directConversationId(alice.user, bob.user)
    await scene.put(alice, pathOf(conversation), { version: 1, readSeq: 1, blob: toText(blob) })
    assert.equal((await marksSeenBy(scene, bob, conversation))[0]?.blob, toText(blob))
    const stranger = newPerson()
    const response = await scene.get(stranger, pathOf(conversation).replace(/mark$/, 'marks'))
    assert.equal(response.status, 404)
    const put = await scene.put(stranger, pathOf(conversation), {
      version: 9,
      readSeq: 9,
      blob: '',
    })
    assert.equal(put.status, 404)
    assert.equal((await marksSeenBy(scene, alice, conversation)).length, 1)
  })
})

type Scene = Awaited<ReturnType<typeof openScene>>

const pathOf = (conversation: ConversationId) => `/v1/conversations/${conversation}/mark`

async function marksSeenBy(scene: Scene, person: Person, conversation: ConversationId) {
  const response = await scene.get(person, `/v1/conversations/${conversation}/marks`)
  return chatRoutes.listMarks.answer.parse(await response.json()).marks
}
