/**
 * Random changes of membership and devices, races, crashes and messages, beside an account of who is
 * a member when. Promised: a device that is in the conversation opens every message, no other opens
 * any. `E2EE_MODEL_STEPS=10000` walks further, `E2EE_MODEL_SEED` elsewhere.
 */
import assert from 'node:assert/strict'
import process from 'node:process'
import { test } from 'node:test'
import type { ConversationId } from '@parley/protocol'
import { type CommitBundle, E2eeError } from '../src/index.ts'
import { conversationOf, StoredDevice, someUser } from './stored-device.ts'

const seed = Number(process.env['E2EE_MODEL_SEED'] ?? 4)
const steps = Number(process.env['E2EE_MODEL_STEPS'] ?? 120)
const usersMax = 5
const devicesOfUser = 3

interface Count {
  opened: number
  refused: number
  races: number
  removed: number
}

test('members open every message, and nobody else any, through random changes', () => {
  const random = randomFrom(seed)
  const users = Array.from({ length: usersMax }, () => someUser())
  const all = users.flatMap((user) =>
    Array.from({ length: devicesOfUser }, () => new StoredDevice(user)),
  )
  const [first] = all
  assert.ok(first)
  const members = new Set([first])
  const conversation = conversationOf(first)
  const count: Count = { opened: 0, refused: 0, races: 0, removed: 0 }
  const some = (devices: Iterable<StoredDevice>) => {
    const list = [...devices]
    return list[random(list.length)]
  }
  for (let step = 0; step < steps; step += 1) {
    const at = `seed ${seed}, step ${step}`
    const committer = some(members)
    assert.ok(committer, at)
    if (random(3) === 0) {
      speak(conversation, { all, members, writer: committer, text: at, count })
    } else {
      const wish = wishOf({ all, members, committer, random })
      const rival =
        random(4) === 0 ? some([...members].filter((one) => one !== committer)) : undefined
      if (rival !== undefined && !wish.remove.includes(rival)) {
        loseTo(conversation, { members, committer, rival })
        count.races += 1
      }
      const bundle = committer.commit({
        conversation,
        add: wish.add.map((device) => device.keyPackage()),
        remove: wish.remove.map(({ id }) => id),
      })
      spread(conversation, { members, committer, bundle, add: wish.add })
      for (const device of wish.add) members.add(device)
      for (const device of wish.remove) members.delete(device)
      count.removed += wish.remove.length
    }
    if (random(3) === 0) some(all)?.crash()
  }
  const { opened, refused, races, removed } = count
  assert.ok(Math.min(opened, refused, races, removed) > 0, 'the walk was worth something')
  for (const device of all) device[Symbol.dispose]()
})

/** Whom the committer adds and removes; both may be nobody. */
function wishOf({
  all,
  members,
  committer,
  random,
}: {
  all: readonly StoredDevice[]
  members: ReadonlySet<StoredDevice>
  committer: StoredDevice
  random: (below: number) => number
}): { add: readonly StoredDevice[]; remove: readonly StoredDevice[] } {
  const way = random(4)
  const outside = all.filter((device) => !members.has(device))
  const others = [...members].filter((device) => device !== committer)
  const person = all[random(all.length)]?.user
  if (way === 0) return { add: outside.filter(({ user }) => user === person), remove: [] }
  if (way === 1) return { add: [], remove: others.filter(({ user }) => user === person) }
  const add = outside.filter(() => random(8) === 0)
  return { add, remove: way === 2 ? others.filter(() => random(6) === 0) : [] }
}

function speak(
  conversation: ConversationId,
  {
    all,
    members,
    writer,
    text,
    count,
  }: {
    all: readonly StoredDevice[]
    members: ReadonlySet<StoredDevice>
    writer: StoredDevice
    text: string
    count: Count
  },
): void {
  const message = writer.write(conversation, text)
  for (const device of all) {
    if (device === writer) continue
    if (members.has(device)) {
      assert.equal(device.read(conversation, message), text)
      count.opened += 1
    } else {
      assert.notEqual(kindFor(device, conversation, message), 'application', text)
      count.refused += 1
    }
  }
}

function kindFor(device: StoredDevice, conversation: ConversationId, message: Uint8Array): string {
  try {
    return device.process(conversation, message).kind
  } catch (error) {
    assert.ok(error instanceof E2eeError, String(error))
    return error.code
  }
}

/** The committer's commit is pending when the rival's is accepted. */
function loseTo(
  conversation: ConversationId,
  {
    members,
    committer,
    rival,
  }: { members: ReadonlySet<StoredDevice>; committer: StoredDevice; rival: StoredDevice },
): void {
  committer.mls.commit({ conversation })
  committer.save()
  committer.crash()
  const bundle = rival.commit({ conversation })
  committer.mls.clearPending(conversation)
  spread(conversation, { members, committer: rival, bundle, add: [] })
}

function spread(
  conversation: ConversationId,
  {
    members,
    committer,
    bundle,
    add,
  }: {
    members: ReadonlySet<StoredDevice>
    committer: StoredDevice
    bundle: CommitBundle
    add: readonly StoredDevice[]
  },
): void {
  for (const device of members) if (device !== committer) device.follow(conversation, bundle.commit)
  for (const device of add) device.join(bundle)
}

function randomFrom(start: number): (below: number) => number {
  let state = start
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
