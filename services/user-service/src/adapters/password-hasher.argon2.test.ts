import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { newUserId } from '@parley/protocol'
import { systemRandom } from '@parley/runtime'
import { WorkQueue } from '../domain/work-queue.ts'
import { Argon2PasswordHasher } from './password-hasher.argon2.ts'
import { type KeyRing, Sealer } from './sealer.ts'

const floor = { memoryKiB: 19_456, passes: 2 }
const user = newUserId({ atMs: 1, cell: 0, random: 1n })
const other = newUserId({ atMs: 1, cell: 0, random: 2n })
const old = { id: 'k1', key: new Uint8Array(randomBytes(32)) }
const fresh = { id: 'k2', key: new Uint8Array(randomBytes(32)) }

function hasher(ring: KeyRing, cost = floor) {
  const queue = new WorkQueue({ workers: 2, waitingMax: 10, pieceMs: 10 })
  return new Argon2PasswordHasher(cost, queue, new Sealer(ring, 'password', systemRandom))
}

describe('password hashes', () => {
  test('verify the password they were made of, and no other', async () => {
    const argon2 = hasher([old])
    const hash = await argon2.hash('right', user)
    assert.equal(await argon2.verify('right', hash, user), true)
    assert.equal(await argon2.verify('wrong', hash, user), false)
    await argon2.verifyNothing('right')
  })

  test('are sealed: neither the hash nor its salt is readable, nor good for another account', async () => {
    const argon2 = hasher([old])
    const hash = await argon2.hash('right', user)
    assert.ok(!Buffer.from(hash.sealed).includes('argon2'))
    await assert.rejects(argon2.verify('right', hash, other))
    await assert.rejects(hasher([{ id: 'k1', key: fresh.key }]).verify('right', hash, user))
  })

  test('are outdated after a change of cost or key, and are readable still', async () => {
    const hash = await hasher([old]).hash('right', user)
    assert.equal(hasher([old]).isOutdated(hash, user), false)
    assert.equal(hasher([old], { memoryKiB: 19_456, passes: 3 }).isOutdated(hash, user), true)
    assert.equal(hasher([old], { memoryKiB: 20_000, passes: 2 }).isOutdated(hash, user), true)
    const rotated = hasher([fresh, old])
    assert.equal(rotated.isOutdated(hash, user), true)
    assert.equal(await rotated.verify('right', hash, user), true)
  })
})
