import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { decodeAccountEvent, toText } from '@parley/protocol'
import { dialects } from '../tests/engines.ts'
import { newAccount, password, World } from '../tests/world.ts'

for (const dialect of dialects)
  describe(`user-service on ${dialect}`, () => {
    let world: World
    before(async () => {
      world = await World.open(dialect)
    })
    after(() => world[Symbol.asyncDispose]())

    test('somebody signs up, and reads his profile with the token he got', async () => {
      const anna = await world.signUp('anna.one')
      const { answer } = await anna.ask('readOwnProfile')
      assert.deepEqual(answer, {
        user: anna.user,
        name: 'anna.one',
        displayName: 'anna.one',
        about: '',
      })
    })
  })
