import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestServer } from '@parley/server/testing'
import { newPerson, until } from './sdk-people.ts'

describe('what is told only to those who are there', () => {
  let server: Awaited<ReturnType<typeof startTestServer>>
  before(async () => {
    server = await startTestServer()
  })
  after(() => server[Symbol.asyncDispose]())

  it('[P55] [P56] a message is sent, then delivered, then read', async () => {
    await using anna = await newPerson(server.url, 'anna')
    await using ben = await newPerson(server.url, 'ben')
    const { id } = await anna.client.openDirect({ name: ben.name })
    await until(ben.client, () => ben.client.conversation(id)?.standing, 'member')
    ben.client.disconnect()
    const { id: message } = await anna.client.send(id, { text: 'hi' })
    assert.equal((await anna.client.settled(id, message)).state, 'sent')
    const state = async () =>
      (await anna.client.timeline({ conversation: id })).messages.at(-1)?.state
    ben.client.connect()
    await until(anna.client, state, 'delivered')
    await ben.client.markRead(id, ben.client.conversation(id)?.headSeq ?? 0)
    await until(anna.client, state, 'read')
    assert.equal(ben.client.conversation(id)?.unread, 0)
  })

  it('[P50] [P51] [P52] typing and presence are shown to those who are there', async () => {
    await using anna = await newPerson(server.url, 'anna')
    await using ben = await newPerson(server.url, 'ben')
    const { id } = await anna.client.openDirect({ name: ben.name })
    await until(ben.client, () => ben.client.conversation(id)?.standing, 'member')
    assert.ok(anna.client.account.kind === 'signed-in')
    const { user } = anna.client.account
    const seen: string[] = []
    ben.client.subscribe((event) => {
      if (event.kind === 'typing' && event.people.length > 0) seen.push('typing')
      if (event.kind === 'presence' && event.presence.user === user)
        seen.push(event.presence.isOnline ? 'online' : 'offline')
    })
    ben.client.watch([user])
    await until(ben.client, () => seen.includes('online'), true)
    anna.client.typing(id)
    await until(ben.client, () => seen.includes('typing'), true)
    anna.client.disconnect()
    await until(ben.client, () => seen.includes('offline'), true)
  })
})
