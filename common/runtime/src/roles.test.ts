import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChatError } from '@parley/protocol'
import { type RoleStart, startRoles } from './roles.ts'
import type { Service } from './service.ts'

type Name = 'edge' | 'users' | 'chat'

function role(name: Name, needs: readonly Name[], events: string[], start?: () => void) {
  return {
    needs,
    async start({ signal }: RoleStart<Name>): Promise<Service> {
      start?.()
      events.push(`start ${name}`)
      return {
        fetch: async () => new Response(name),
        faults: () => (name === 'chat' ? ['is late'] : []),
        ended: Promise.withResolvers<void>().promise,
        async [Symbol.asyncDispose]() {
          events.push(`end ${name}${signal.aborted ? '' : ' without a signal'}`)
        },
      }
    },
  }
}

test('roles start after what they need and end before it', async () => {
  const events: string[] = []
  const table = {
    edge: role('edge', ['chat', 'users'], events),
    chat: role('chat', ['users'], events),
    users: role('users', [], events),
  }
  {
    await using roles = await startRoles<Name>(table)
    assert.deepEqual(roles.faults(), ['chat: is late'])
  }
  assert.deepEqual(events, [
    'start users',
    'start chat',
    'start edge',
    'end edge',
    'end chat',
    'end users',
  ])
})

test('when a role cannot start, the ones before it are ended', async () => {
  const events: string[] = []
  const fail = () => {
    throw new ChatError('unavailable', 'no')
  }
  const table = {
    edge: role('edge', ['users'], events, fail),
    chat: role('chat', [], events),
    users: role('users', [], events),
  }
  await assert.rejects(startRoles<Name>(table), ChatError)
  assert.deepEqual(events, ['start users', 'end users'])
})

test('a role asks another that runs here, and is told when it does not', async () => {
  let fetchOf: RoleStart<Name>['fetchOf'] | undefined
  const events: string[] = []
  const users = role('users', [], events)
  const table = {
    edge: role('edge', [], events),
    chat: role('chat', [], events),
    users: {
      needs: [],
      start(given: RoleStart<Name>) {
        fetchOf = given.fetchOf
        return users.start(given)
      },
    },
  }
  const roles = await startRoles<Name>(table)
  const request = new Request('http://chat/')
  assert.equal(await (await fetchOf?.('chat')(request))?.text(), 'chat')
  await roles[Symbol.asyncDispose]()
  await assert.rejects(async () => fetchOf?.('chat')(request), { code: 'unavailable' })
})

test('roles that need each other are a mistake', async () => {
  const events: string[] = []
  const table = {
    edge: role('edge', ['chat'], events),
    chat: role('chat', ['edge'], events),
    users: role('users', [], events),
  }
  await assert.rejects(startRoles<Name>(table), /circle/)
})
