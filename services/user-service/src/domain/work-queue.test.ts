import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ChatError } from '@parley/protocol'
import { WorkQueue } from './work-queue.ts'

describe('the work queue', () => {
  test('works on a few at once, lets some wait, and refuses the rest with advice', async () => {
    const queue = new WorkQueue({ workers: 2, waitingMax: 3, pieceMs: 100 })
    const gates: (() => void)[] = []
    let most = 0
    const work = () =>
      queue.run(async () => {
        most = Math.max(most, gates.length)
        await new Promise<void>((resolve) => gates.push(resolve))
      })
    const pieces = Array.from({ length: 5 }, work)
    assert.equal(queue.length, 5)
    await assert.rejects(work(), (error) => {
      assert.ok(error instanceof ChatError)
      assert.equal(error.code, 'overloaded')
      assert.equal(error.retryAfterMs, 250)
      return true
    })
    for (let done = 0; done < 5; done += 1) {
      assert.ok(gates.length <= 2, `${gates.length} at once`)
      gates.shift()?.()
      await pieces[done]
      await Promise.resolve()
    }
    assert.equal(queue.length, 0)
  })

  test('work that fails makes room', async () => {
    const queue = new WorkQueue({ workers: 1, waitingMax: 1, pieceMs: 1 })
    await assert.rejects(queue.run(() => Promise.reject(new Error('no'))))
    assert.equal(await queue.run(async () => 7), 7)
  })
})
