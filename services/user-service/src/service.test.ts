import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { accountsSuite } from '../tests/accounts.suite.ts'
import { devicesSuite } from '../tests/devices.suite.ts'
import { dialects } from '../tests/engines.ts'
import { keysSuite } from '../tests/keys.suite.ts'
import { sessionsSuite } from '../tests/sessions.suite.ts'
import { World } from '../tests/world.ts'

for (const dialect of dialects)
  describe(`user-service on ${dialect}`, () => {
    let world: World
    before(async () => {
      world = await World.open(dialect)
    })
    after(() => world[Symbol.asyncDispose]())

    accountsSuite(() => world)
    sessionsSuite(() => world)
    devicesSuite(() => world)
    keysSuite(() => world)

    test('nothing unexpected happened meanwhile', () => {
      assert.deepEqual(world.reported, [])
    })
  })
