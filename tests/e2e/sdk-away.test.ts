import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openOnNode } from '@parley/sdk/node'
import { startTestServer } from '@parley/server/testing'
import { freePort } from '@parley/testing'
import { newPerson, texts, until } from './sdk-people.ts'

describe('a device that was away', () => {
  it('[P23] [P25] sends what it has written, once and in order, over restarts of itself and the server', async () => {
    await using scene = await openScene()
    let server = await scene.startServer()
    const file = join(scene.folder, 'anna.db')
    let anna = (await newPerson(server.url, 'anna', { file })).client
    await using ben = await newPerson(server.url, 'ben')
    const { id } = await anna.openDirect({ name: ben.name })
    await anna.send(id, { text: 'one' })
    await until(ben.client, () => texts(ben.client, id), ['one'])

    await server[Symbol.asyncDispose]()
    await anna.send(id, { text: 'two' })
    await anna[Symbol.asyncDispose]()
    anna = await openOnNode({ url: server.url, file })
    await anna.send(id, { text: 'three' })
    assert.equal(anna.queuedCount, 2)
    assert.deepEqual(await texts(anna, id), ['one', 'two', 'three'])

    server = await scene.startServer()
    anna.connect()
    ben.client.tryNow()
    await until(ben.client, () => texts(ben.client, id), ['one', 'two', 'three'])
    await until(anna, () => anna.queuedCount, 0)
    await anna[Symbol.asyncDispose]()
  })

  it('[P14] [P31] [P34] comes back by itself and reads what it missed', async () => {
    await using scene = await openScene()
    let server = await scene.startServer()
    await using anna = await newPerson(server.url, 'anna')
    await using ben = await newPerson(server.url, 'ben')
    const { id } = await anna.client.openDirect({ name: ben.name })
    await until(ben.client, () => ben.client.conversation(id)?.standing, 'member')
    ben.client.disconnect()
    for (const text of ['a', 'b', 'c']) await anna.client.send(id, { text })
    await until(anna.client, () => anna.client.queuedCount, 0)
    ben.client.connect()
    await until(ben.client, () => texts(ben.client, id), ['a', 'b', 'c'])
    await server[Symbol.asyncDispose]()
    server = await scene.startServer()
    await anna.client.send(id, { text: 'd' })
    await until(ben.client, () => texts(ben.client, id), ['a', 'b', 'c', 'd'])
  })

  it('[P33] reads the histories when it has missed more than `sync` gives', async () => {
    await using scene = await openScene()
    const server = await scene.startServer()
    await using anna = await newPerson(server.url, 'anna')
    await using ben = await newPerson(server.url, 'ben')
    const { id } = await anna.client.openDirect({ name: ben.name })
    await until(ben.client, () => ben.client.conversation(id)?.standing, 'member')
    ben.client.disconnect()
    const count = 2_050
    for (let index = 1; index <= count; index += 1)
      await anna.client.send(id, { text: `message ${index}` })
    await until(anna.client, () => anna.client.queuedCount, 0, 60_000)
    ben.client.connect()
    await ben.client.caughtUp()
    await until(ben.client, () => ben.client.conversation(id)?.unread, count)
    const last = await ben.client.timeline({ conversation: id, limit: 3 })
    assert.deepEqual(
      last.messages.map(({ content }) => content.kind === 'text' && content.text),
      [count - 2, count - 1, count].map((index) => `message ${index}`),
    )
  })
})

async function openScene() {
  const folder = await mkdtemp(join(tmpdir(), 'parley-offline-'))
  const port = await freePort()
  await using resources = new AsyncDisposableStack()
  resources.defer(() => rm(folder, { recursive: true, force: true }))
  const owned = resources.move()
  return {
    folder,
    async startServer() {
      return owned.use(await startTestServer({ dataFolder: join(folder, 'server'), port }))
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
