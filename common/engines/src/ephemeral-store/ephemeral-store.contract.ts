import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { insist, undisturbed } from '../../tests/insist.ts'
import type { EphemeralStore } from './ephemeral-store.ts'

export interface EphemeralStoreUnderTest extends AsyncDisposable {
  readonly store: EphemeralStore
  /** The same entries, as another process sees them. */
  readonly elsewhere: EphemeralStore
  /** How often something has vanished, as far as is known. */
  readonly losses: number
  /** Lets time pass: of the clock that the store was given, or of the world. */
  pass(ms: number): Promise<void>
  /** Everything vanishes. */
  empty(): Promise<void>
}

const longMs = 3_600_000
const shortMs = 60

/** What `EphemeralStore` promises, checked on one adapter. The test of every adapter calls it. */
export function ephemeralStoreContract(open: () => Promise<EphemeralStoreUnderTest>): void {
  describe('keeps the contract of EphemeralStore', { timeout: 60_000 }, () => {
    /** `store` is asked under a name of its own until nothing has disturbed the answer. */
    const holds = (
      title: string,
      check: (opened: EphemeralStoreUnderTest, name: string) => Promise<void>,
    ) =>
      test(title, async () => {
        await using opened = await open()
        await undisturbed(opened, (name) => check(opened, name))
      })

    holds('everyone sees what was set, as it was', async ({ store, elsewhere }, name) => {
      const values = [
        new Uint8Array(),
        new Uint8Array([0, 255, 10, 13]),
        new Uint8Array(60_000).fill(7),
      ]
      for (const value of values) {
        await store.set(name, value, longMs)
        for (const each of [store, elsewhere])
          assert.deepEqual(asBytes(await each.get(name)), value)
      }
    })

    holds('keys are apart, whatever they are made of', async ({ store }, name) => {
      const keys = ['', ':', ' ', '\r\n', '*', 'käse ☃', 'a'.repeat(500)].map(
        (key) => `${name}/${key}`,
      )
      for (const [index, key] of keys.entries())
        await store.set(key, new Uint8Array([index]), longMs)
      for (const [index, key] of keys.entries())
        assert.deepEqual(asBytes(await store.get(key)), new Uint8Array([index]))
    })

    holds('what was deleted or never set is not there', async ({ store, elsewhere }, name) => {
      assert.equal(await store.get(name), undefined)
      await store.delete(name)
      await store.set(name, new Uint8Array([1]), longMs)
      await elsewhere.delete(name)
      assert.equal(await store.get(name), undefined)
    })

    holds('an entry is gone when its time is over, and not before', async (opened, name) => {
      const { store } = opened
      await store.set(`${name}/short`, new Uint8Array([1]), shortMs)
      await store.set(`${name}/long`, new Uint8Array([1]), longMs)
      await opened.pass(shortMs * 2)
      assert.equal(await store.get(`${name}/short`), undefined)
      assert.ok((await store.get(`${name}/long`)) !== undefined)
    })

    holds('setting again starts the time anew, longer or shorter', async (opened, name) => {
      const { store } = opened
      for (const ttlMs of [shortMs, longMs])
        await store.set(`${name}/longer`, new Uint8Array([1]), ttlMs)
      for (const ttlMs of [longMs, shortMs])
        await store.set(`${name}/shorter`, new Uint8Array([1]), ttlMs)
      await opened.pass(shortMs * 2)
      assert.ok((await store.get(`${name}/longer`)) !== undefined)
      assert.equal(await store.get(`${name}/shorter`), undefined)
    })

    holds('of many who take at once, as many succeed as the bucket holds', async (opened, name) => {
      const bucket = { burst: 10, refillMs: longMs, cost: 1 }
      const verdicts = await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          (index % 2 === 0 ? opened.store : opened.elsewhere).takeToken(name, bucket),
        ),
      )
      assert.equal(verdicts.filter(({ isAllowed }) => isAllowed).length, 10)
    })

    holds('says when asking again helps, and then it does', async (opened, name) => {
      const { store } = opened
      const bucket = { burst: 3, refillMs: 200, cost: 3 }
      assert.deepEqual(await store.takeToken(name, bucket), { isAllowed: true, retryAfterMs: 0 })
      const refused = await store.takeToken(name, bucket)
      assert.equal(refused.isAllowed, false)
      assert.ok(refused.retryAfterMs > 0 && refused.retryAfterMs <= 600, 'one burst at most')
      await opened.pass(refused.retryAfterMs)
      assert.equal((await store.takeToken(name, bucket)).isAllowed, true)
    })

    holds('what is refused takes nothing', async ({ store }, name) => {
      const bucket = { burst: 5, refillMs: longMs }
      await store.takeToken(name, { ...bucket, cost: 3 })
      for (let time = 0; time < 5; time += 1)
        assert.equal((await store.takeToken(name, { ...bucket, cost: 3 })).isAllowed, false)
      assert.equal((await store.takeToken(name, { ...bucket, cost: 2 })).isAllowed, true)
    })

    holds('a bucket that was left alone holds its burst, and no more', async (opened, name) => {
      const { store } = opened
      const bucket = { burst: 2, refillMs: 100, cost: 2 }
      await store.takeToken(name, bucket)
      await opened.pass(1_000)
      assert.equal((await store.takeToken(name, bucket)).isAllowed, true)
      const more = await store.takeToken(name, { ...bucket, refillMs: longMs })
      assert.equal(more.isAllowed, false)
    })

    holds('more than the bucket holds is never allowed', async (opened, name) => {
      const bucket = { burst: 2, refillMs: 10, cost: 3 }
      for (let time = 0; time < 3; time += 1) {
        assert.equal((await opened.store.takeToken(name, bucket)).isAllowed, false)
        await opened.pass(100)
      }
    })

    holds('buckets are apart from each other and from entries', async ({ store }, name) => {
      const bucket = { burst: 1, refillMs: longMs, cost: 1 }
      await store.set(name, new Uint8Array([1]), longMs)
      for (const key of [name, `${name}/other`])
        assert.equal((await store.takeToken(key, bucket)).isAllowed, true)
      assert.deepEqual(asBytes(await store.get(name)), new Uint8Array([1]))
      await store.delete(name)
      assert.equal((await store.takeToken(name, bucket)).isAllowed, false)
    })

    test('vanishing is no error, and everything goes on', async () => {
      await using opened = await open()
      const { store } = opened
      const bucket = { burst: 1, refillMs: longMs, cost: 1 }
      await insist(() => store.set('a', new Uint8Array([1]), longMs))
      await insist(() => store.takeToken('a', bucket))
      await opened.empty()
      assert.equal(await insist(() => store.get('a')), undefined)
      await insist(() => store.delete('a'))
      await undisturbed(opened, async (name) => {
        await store.takeToken(name, bucket)
        await opened.empty()
        assert.equal((await store.takeToken(name, bucket)).isAllowed, true)
        await store.set(name, new Uint8Array([2]), longMs)
        assert.deepEqual(asBytes(await store.get(name)), new Uint8Array([2]))
      })
    })
  })
}

function asBytes(value: Uint8Array | undefined): Uint8Array | undefined {
  return value && new Uint8Array(value)
}
