import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ConversationId } from '@parley/protocol'
import type { ParleyClient } from '@parley/sdk'
import { startTestServer } from '@parley/server/testing'
import { newPerson, texts, until } from './sdk-people.ts'

const standing = (client: ParleyClient, id: ConversationId) => client.conversation(id)?.standing
const size = (client: ParleyClient, id: ConversationId) => client.conversation(id)?.members.length
const userOf = ({ account }: ParleyClient) => {
  assert.ok(account.kind === 'signed-in')
  return account.user
}

describe('a group', () => {
  let server: Awaited<ReturnType<typeof startTestServer>>
  before(async () => {
    server = await startTestServer()
  })
  after(() => server[Symbol.asyncDispose]())

  it('shows a new member what is written from then on, under the name it has', async () => {
    await using anna = await newPerson(server.url, 'anna')
    await using ben = await newPerson(server.url, 'ben')
    await using carla = await newPerson(server.url, 'carla')
    const { id } = await anna.client.createGroup({ title: 'Old', members: [{ name: ben.name }] })
    await anna.client.send(id, { text: 'before' })
    await until(ben.client, () => texts(ben.client, id), ['before'])
    await anna.client.renameGroup(id, 'New')
    await until(ben.client, () => ben.client.conversation(id)?.title, 'New')
    await anna.client.addMembers(id, [{ name: carla.name }])
    await anna.client.send(id, { text: 'after' })
    await until(carla.client, () => texts(carla.client, id), ['after'])
    await until(carla.client, () => carla.client.conversation(id)?.title, 'New')
    await until(ben.client, () => texts(ben.client, id), ['before', 'after'])
  })

  it('gives a removed member nothing that is written later', async () => {
    await using anna = await newPerson(server.url, 'anna')
    await using ben = await newPerson(server.url, 'ben')
    await using carla = await newPerson(server.url, 'carla')
    const members = [{ name: ben.name }, { name: carla.name }]
    const { id } = await anna.client.createGroup({ title: 'Three', members })
    await anna.client.send(id, { text: 'one' })
    await until(carla.client, () => texts(carla.client, id), ['one'])
    await anna.client.removeMember(id, userOf(carla.client))
    await anna.client.send(id, { text: 'two' })
    await until(ben.client, () => texts(ben.client, id), ['one', 'two'])
    await until(carla.client, () => standing(carla.client, id), 'removed')
    assert.deepEqual(await texts(carla.client, id), ['one'])
    await assert.rejects(carla.client.send(id, { text: 'still here' }))
  })

  it('goes on after a member has left', async () => {
    await using anna = await newPerson(server.url, 'anna')
    await using ben = await newPerson(server.url, 'ben')
    await using carla = await newPerson(server.url, 'carla')
    const members = [{ name: ben.name }, { name: carla.name }]
    const { id } = await anna.client.createGroup({ title: 'Three', members })
    await until(carla.client, () => standing(carla.client, id), 'member')
    await carla.client.leave(id)
    await until(anna.client, () => size(anna.client, id), 2)
    await anna.client.send(id, { text: 'the two of us' })
    await until(ben.client, () => texts(ben.client, id), ['the two of us'])
    assert.equal(standing(carla.client, id), 'left')
    assert.deepEqual(await texts(carla.client, id), [])
  })

  it('takes the wishes of two admins who want somebody in at the same moment', async () => {
    await using anna = await newPerson(server.url, 'anna')
    await using ben = await newPerson(server.url, 'ben')
    await using carla = await newPerson(server.url, 'carla')
    await using dora = await newPerson(server.url, 'dora')
    const { id } = await anna.client.createGroup({ title: 'Race', members: [{ name: ben.name }] })
    await until(ben.client, () => standing(ben.client, id), 'member')
    await anna.client.setRole(id, userOf(ben.client), 'admin')
    await until(ben.client, () => ben.client.conversation(id)?.role, 'admin')
    await Promise.all([
      anna.client.addMembers(id, [{ name: carla.name }]),
      ben.client.addMembers(id, [{ name: dora.name }]),
    ])
    await anna.client.send(id, { text: 'welcome' })
    await until(carla.client, () => texts(carla.client, id), ['welcome'])
    await until(dora.client, () => texts(dora.client, id), ['welcome'])
  })
})
