import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { openOnNode } from '@parley/sdk/node'
import { startTestServer } from '@parley/server/testing'
import { newPerson, texts, until } from './sdk-people.ts'

const hundred = Array.from({ length: 100 }, (_, index) => `message ${index + 1}`)

describe('a device', () => {
  let server: Awaited<ReturnType<typeof startTestServer>>
  before(async () => {
    server = await startTestServer()
  })
  after(() => server[Symbol.asyncDispose]())

  it('sends what was written offline, once it is back', async () => {
    await using anna = await newPerson(server.url, 'anna')
    await using ben = await newPerson(server.url, 'ben')
    const { id } = await anna.client.openDirect({ name: ben.name })
    anna.client.disconnect()
    const { state } = await anna.client.send(id, { text: 'from the train' })
    assert.equal(state, 'queued')
    assert.equal(anna.client.queuedCount, 1)
    anna.client.connect()
    await until(ben.client, () => texts(ben.client, id), ['from the train'])
    await until(anna.client, () => anna.client.queuedCount, 0)
  })

  it('goes on sending where its program ended, in order and each message once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'parley-'))
    try {
      const file = join(folder, 'anna.db')
      await using ben = await newPerson(server.url, 'ben')
      const anna = await newPerson(server.url, 'anna', { file })
      const { id } = await anna.client.openDirect({ name: ben.name })
      for (const text of hundred) await anna.client.send(id, { text })
      await anna[Symbol.asyncDispose]()
      await using again = await openOnNode({ url: server.url, file })
      again.connect()
      await until(ben.client, () => texts(ben.client, id), hundred)
      await until(again, () => again.queuedCount, 0)
      assert.deepEqual(await texts(again, id), hundred)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('of the same account reads once it is approved, and nothing once it is revoked', async () => {
    await using anna = await newPerson(server.url, 'anna')
    await using ben = await newPerson(server.url, 'ben')
    const { id } = await anna.client.openDirect({ name: ben.name })
    await until(ben.client, () => ben.client.conversation(id)?.standing, 'member')
    await ben.client.send(id, { text: 'early' })
    await until(anna.client, () => texts(anna.client, id), ['early'])
    await using second = await openOnNode({ url: server.url })
    await second.signIn({ name: anna.name, password: anna.password })
    second.connect()
    assert.ok(second.account.kind === 'signed-in')
    assert.equal(second.account.deviceState, 'pending')
    const { device } = second.account
    await anna.client.approveDevice(device)
    const state = () => second.account.kind === 'signed-in' && second.account.deviceState
    await until(second, state, 'active')
    await until(second, () => second.conversation(id)?.standing, 'member')
    await ben.client.send(id, { text: 'late' })
    await until(second, () => texts(second, id), ['late'])
    await anna.client.revokeDevice(device, anna.password)
    await until(second, () => second.account.kind, 'signed-out')
    await ben.client.send(id, { text: 'without it' })
    await until(anna.client, () => texts(anna.client, id), ['early', 'late', 'without it'])
  })

  it('shows what was delivered and read, and the same safety number on both sides', async () => {
    await using anna = await newPerson(server.url, 'anna')
    await using ben = await newPerson(server.url, 'ben')
    const { id } = await anna.client.openDirect({ name: ben.name })
    const { id: message } = await anna.client.send(id, { text: 'read me' })
    const { seq } = await anna.client.settled(id, message)
    await until(ben.client, () => texts(ben.client, id), ['read me'])
    await ben.client.markRead(id, seq ?? 0)
    const state = async () =>
      (await anna.client.timeline({ conversation: id })).messages.find(
        (each) => each.id === message,
      )?.state
    await until(anna.client, state, 'read')
    assert.ok(anna.client.account.kind === 'signed-in' && ben.client.account.kind === 'signed-in')
    const ofBen = await anna.client.safetyNumber(ben.client.account.user)
    const ofAnna = await ben.client.safetyNumber(anna.client.account.user)
    assert.equal(ofBen.digits, ofAnna.digits)
  })
})
