import { randomBytes } from 'node:crypto'
import type { ParleyClient } from '@parley/sdk'
import { openOnNode } from '@parley/sdk/node'
import { until } from '../network.ts'
import { hundredths, percentilesOf } from '../percentiles.ts'
import type { Scenario } from '../scenario.ts'

const conversations = 10
const catchUpMsMax = 60_000

/** As `catchup`, but through the SDK: received, decrypted and in the local store. */
export const catchupSdk: Scenario = async (input) => {
  const { size = 1_000 } = input
  await using server = await input.startServer()
  const { client, name } = await newClient(server.url, 'away')
  await using away = client
  const friends: ParleyClient[] = []
  input.say(`${conversations} conversations`)
  for (let index = 0; index < conversations; index += 1) {
    const { client: friend } = await newClient(server.url, `friend${index}`)
    friends.push(friend)
    const { id } = await friend.openDirect({ name })
    await friend.send(id, { text: 'first' })
    await until(() => away.conversation(id) !== undefined, 20_000)
  }
  const ids = away.conversations().map(({ id }) => id)
  await away.caughtUp()
  away.disconnect()
  input.say(`${size} messages`)
  await Promise.all(
    friends.map(async (friend) => {
      const [chat] = friend.conversations()
      if (chat === undefined) throw new Error('a conversation')
      for (let sent = 0; sent < size / conversations; sent += 1)
        await friend.send(chat.id, { text: `message ${sent} of a usual length` })
    }),
  )
  await until(() => friends.every(({ queuedCount }) => queuedCount === 0), catchUpMsMax)
  for (const friend of friends) await friend[Symbol.asyncDispose]()

  const startMs = performance.now()
  away.connect()
  await away.caughtUp()
  const caughtUpMs = performance.now() - startMs
  const readable = await Promise.all(ids.map((id) => countTexts(away, id)))
  return {
    missed: size,
    conversations,
    caughtUpMs: hundredths(caughtUpMs),
    decrypted: readable.reduce((sum, count) => sum + count, 0) - conversations,
    perConversation: percentilesOf(readable),
  }
}

async function newClient(url: string, kind: string) {
  const client = await openOnNode({ url, deviceName: 'bench', clientName: 'bench/1' })
  const name = `${kind}_${randomBytes(6).toString('hex')}`
  await client.signUp({ name, password: randomBytes(18).toString('base64url') })
  client.connect()
  await client.caughtUp()
  return { client, name }
}

async function countTexts(
  client: ParleyClient,
  conversation: Parameters<ParleyClient['conversation']>[0],
) {
  let count = 0
  for (let after = 0, isEnd = false; !isEnd; ) {
    const page = await client.timeline({ conversation, after, limit: 200 })
    count += page.messages.filter(({ content }) => content.kind === 'text').length
    after = page.messages.at(-1)?.seq ?? after
    isEnd = page.isEnd
  }
  return count
}
