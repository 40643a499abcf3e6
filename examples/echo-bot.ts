/**
 * Answers every message with itself, each exactly once, however often it is killed.
 *
 *     node examples/echo-bot.ts http://127.0.0.1:8080 ./echo-bot
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { openOnNode } from '@parley/sdk/node'

const [url = 'http://127.0.0.1:8080', folder = './echo-bot'] = process.argv.slice(2)
const bot = await openOnNode({ url, file: join(folder, 'device.db'), clientName: 'echo-bot/1' })

if (bot.account.kind === 'signed-out') {
  const name = `echo_${randomBytes(4).toString('hex')}`
  await bot.signUp({ name, displayName: 'Echo', password: randomBytes(18).toString('base64url') })
}
if (bot.account.kind === 'signed-in') console.log(`Write to ${bot.account.name}.`)

const events = bot.events()
bot.connect()
for (const { id } of bot.conversations()) await answer(id)
for await (const event of events)
  if (event.kind === 'messages' && event.isNew) await answer(event.conversation)

/** The answer and the note that it was given are stored in one step. */
async function answer(conversation: Parameters<typeof bot.conversation>[0]): Promise<void> {
  const after = bot.conversation(conversation)?.readSeq ?? 0
  const { messages } = await bot.timeline({ conversation, after, limit: 200 })
  for (const { seq, isOwn, content } of messages)
    if (seq !== undefined && !isOwn && content.kind === 'text')
      await bot.send(conversation, { text: content.text }, { readUpTo: seq })
}
