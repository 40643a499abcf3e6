/**
 * Two friends, and a third one in a group: they write to each other, all at once, and in the end
 * everybody has the same history.
 *
 *     node examples/two-friends.ts http://127.0.0.1:8080
 */
import { randomBytes } from 'node:crypto'
import { type Conversation, type ParleyClient, ParleyError } from '@parley/sdk'
import { openOnNode } from '@parley/sdk/node'

const url = process.argv[2] ?? 'http://127.0.0.1:8080'
/** By each of the two, in each conversation. A server takes 30 at once there, then 5 a second. */
const directMessages = 100
const groupMessages = 100

async function newFriend(kind: string) {
  const client = await openOnNode({ url, deviceName: 'example', clientName: 'two-friends/1' })
  const name = `${kind}_${randomBytes(6).toString('hex')}`
  const account = { name, displayName: kind, password: randomBytes(18).toString('base64url') }
  await patiently(() => client.signUp(account))
  client.connect()
  await client.caughtUp()
  return { client, name }
}

/** A server takes a few sign-ups of one address at once, and then asks for patience. */
async function patiently(act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (!(error instanceof ParleyError) || error.code !== 'rate') throw error
    const waitMs = error.retryAfterMs ?? 10_000
    console.error(`Waiting ${Math.ceil(waitMs / 1_000)} s, as the server asks.`)
    await new Promise((resolve) => setTimeout(resolve, waitMs))
    await patiently(act)
  }
}

async function write(client: ParleyClient, { id }: Conversation, label: string, count: number) {
  for (let index = 1; index <= count; index += 1)
    await client.send(id, { text: `${label} ${index}` })
}

/** Every text with its place and sender, once there are `count` of them. */
async function history(client: ParleyClient, { id }: Conversation, count: number) {
  const events = client.events()
  for (;;) {
    const lines: string[] = []
    for (let after = 0, isEnd = false; !isEnd; ) {
      const page = await client.timeline({ conversation: id, after, limit: 200 })
      for (const { seq, sender, content } of page.messages)
        if (seq !== undefined && content.kind === 'text')
          lines.push(`${seq} ${sender} ${content.text}`)
      after = page.messages.at(-1)?.seq ?? after
      isEnd = page.isEnd
    }
    if (lines.length >= count) return lines
    await events.next()
  }
}

const startedMs = Date.now()
const [anna, ben, carla] = [
  await newFriend('anna'),
  await newFriend('ben'),
  await newFriend('carla'),
]

const direct = await anna.client.openDirect({ name: ben.name })
const group = await anna.client.createGroup({
  title: 'Three friends',
  members: [{ name: ben.name }, { name: carla.name }],
})
while (!ben.client.conversation(group.id) || !ben.client.conversation(direct.id))
  await ben.client.events().next()

await Promise.all([
  write(anna.client, direct, 'anna', directMessages),
  write(ben.client, direct, 'ben', directMessages),
  write(anna.client, group, 'anna to all', groupMessages),
  write(ben.client, group, 'ben to all', groupMessages),
])

const equal = (histories: readonly string[][]) =>
  histories.every((lines) => JSON.stringify(lines) === JSON.stringify(histories[0]))
const directHistories = await Promise.all(
  [anna, ben].map(({ client }) => history(client, direct, 2 * directMessages)),
)
const groupHistories = await Promise.all(
  [anna, ben, carla].map(({ client }) => history(client, group, 2 * groupMessages)),
)
const result = {
  direct: directHistories[0]?.length,
  group: groupHistories[0]?.length,
  equal: equal(directHistories) && equal(groupHistories),
  seconds: Math.round((Date.now() - startedMs) / 100) / 10,
}
for (const { client } of [anna, ben, carla]) await client[Symbol.asyncDispose]()
console.log(JSON.stringify(result))
const isComplete = result.direct === 2 * directMessages && result.group === 2 * groupMessages
process.exitCode = result.equal && isComplete ? 0 : 1
