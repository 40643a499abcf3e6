import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestServer } from '@parley/server/testing'
import { newPerson, texts, until } from './sdk-people.ts'

describe('two people', () => {
  let server: Awaited<ReturnType<typeof startTestServer>>
  before(async () => {
    server = await startTestServer()
  })
  after(() => server[Symbol.asyncDispose]())

  it('exchange messages in a direct conversation', async () => {
    await using anna = await newPerson(server.url, 'anna')
    await using ben = await newPerson(server.url, 'ben')
    const chat = await anna.client.openDirect({ name: ben.name })
    await anna.client.send(chat.id, { text: 'hello' })
    await until(ben.client, () => texts(ben.client, chat.id), ['hello'])
    await ben.client.send(chat.id, { text: 'hello yourself' })
    await until(anna.client, () => texts(anna.client, chat.id), ['hello', 'hello yourself'])
    assert.equal(ben.client.conversation(chat.id)?.title, 'Anna')
  })
})
