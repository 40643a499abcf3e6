import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { newDeviceId, newUserId } from '@parley/protocol'
import { ManualClock } from './manual-clock.ts'
import {
  encodeRevocationNotice,
  type Revocation,
  RevocationList,
  type RevocationNotice,
} from './revocation-list.ts'

const user = newUserId({ atMs: 1, cell: 0, random: 1n })
const deviceOf = (number: number) => newDeviceId({ atMs: 1, cell: 0, random: BigInt(number) })
const revocation = (number: number): Revocation => ({ number, user, device: deviceOf(number) })

/** User-service as far as the list sees it: a list of revocations and a bus that may lose. */
async function world(known = 0) {
  const clock = new ManualClock()
  const revocations = Array.from({ length: known }, (_, index) => revocation(index + 1))
  const reported: (string | undefined)[] = []
  const heard: number[] = []
  let isDown = false
  let reads = 0
  let receive: (bytes: Uint8Array) => void = () => {}
  const options = {
    clock,
    bus: {
      async subscribe(_channel: string, to: (bytes: Uint8Array) => void) {
        receive = to
        return { [Symbol.dispose]: () => {} }
      },
    },
    async fetch(request: Request) {
      reads += 1
      if (isDown) return new Response('', { status: 503 })
      const since = Number(new URL(request.url).searchParams.get('since'))
      return Response.json({
        head: revocations.length,
        revocations: revocations.filter(({ number }) => number > since),
      })
    },
    report: (error: Error) => reported.push(error.message),
    onRevoked: ({ number }: Revocation) => heard.push(number),
  }
  const say = (notice: RevocationNotice) => receive(encodeRevocationNotice(notice))
  return {
    open: () => RevocationList.open(options),
    clock,
    heard,
    reported,
    reads: () => reads,
    say,
    revoke() {
      const next = revocation(revocations.length + 1)
      revocations.push(next)
      return next
    },
    heartbeat: () => say({ head: revocations.length }),
    setDown(value: boolean) {
      isDown = value
    },
    async settled() {
      for (let turn = 0; turn < 10; turn += 1) await setImmediate()
    },
  }
}

describe('the list of revoked devices', () => {
  test('knows at the start what was revoked before', async () => {
    const { open, heard } = await world(2)
    using list = await open()
    assert.equal(list.isRevoked({ device: deviceOf(2) }), true)
    assert.equal(list.isRevoked({ device: deviceOf(3) }), false)
    assert.deepEqual(heard, [1, 2])
  })

  test('hears of a revocation by the bus, once, without asking', async () => {
    const { open, revoke, say, heard, reads, settled } = await world()
    using list = await open()
    const next = revoke()
    say({ head: 1, revocation: next })
    say({ head: 1, revocation: next })
    await settled()
    assert.equal(list.isRevoked(next), true)
    assert.deepEqual(heard, [1])
    assert.equal(reads(), 1)
  })

  test('a lost message is noticed at the next heartbeat', async () => {
    const { open, revoke, heartbeat, settled } = await world()
    using list = await open()
    const lost = revoke()
    heartbeat()
    await settled()
    assert.equal(list.isRevoked(lost), true)
  })

  test('a lost message is noticed at the next revocation', async () => {
    const { open, revoke, say, settled } = await world()
    using list = await open()
    const lost = revoke()
    const next = revoke()
    say({ head: 2, revocation: next })
    await settled()
    assert.equal(list.isRevoked(lost), true)
    assert.equal(list.isRevoked(next), true)
  })

  test('when the bus is silent the list is read again within two seconds', async () => {
    const { open, revoke, clock, settled } = await world()
    using list = await open()
    const lost = revoke()
    clock.advance(2_000)
    await settled()
    assert.equal(list.isRevoked(lost), true)
  })

  test('without user-service it starts, says so, and catches up', async () => {
    const { open, revoke, setDown, clock, reported, settled } = await world()
    setDown(true)
    using list = await open()
    assert.equal(reported.length, 1)
    const lost = revoke()
    setDown(false)
    clock.advance(2_000)
    await settled()
    assert.equal(list.isRevoked(lost), true)
  })

  test('what no token can name any more is forgotten', async () => {
    const { open, clock, heartbeat } = await world(1)
    using list = await open()
    for (let second = 0; second <= 1_201; second += 1) {
      heartbeat()
      clock.advance(1_000)
    }
    assert.equal(list.isRevoked({ device: deviceOf(1) }), false)
  })
})
