import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { undisturbed } from '../../tests/insist.ts'
import type { Bus } from './bus.ts'

export interface BusUnderTest extends AsyncDisposable {
  readonly bus: Bus
  /** The same channels, from another process. */
  readonly elsewhere: Bus
  /** Messages that were not delivered, as far as is known. */
  readonly losses: number
}

/** What `Bus` promises, checked on one adapter. The test of every adapter calls it. */
export function busContract(open: () => Promise<BusUnderTest>): void {
  describe('keeps the contract of Bus', { timeout: 60_000 }, () => {
    test('from subscribing on everything arrives, as it was, unless it is lost', async () => {
      await using opened = await open()
      await undisturbed(opened, async (channel) => {
        const sent = [new Uint8Array([0, 255, 10]), new Uint8Array(60_000).fill(7), numbered(3)]
        const inbox = await subscribe(opened.bus, channel)
        for (const each of sent) opened.elsewhere.publish(channel, each)
        await inbox.reaches(opened.elsewhere, channel)
        assert.deepEqual(inbox.messages.slice(0, sent.length).map(asBytes), sent)
      })
    })

    test('messages of a publisher arrive in order, none of them twice', async () => {
      await using opened = await open()
      const near = await subscribe(opened.bus, 'a')
      const far = await subscribe(opened.elsewhere, 'a')
      for (let number = 0; number < 1_000; number += 1) opened.bus.publish('a', numbered(number))
      for (const inbox of [near, far]) {
        await inbox.reaches(opened.bus, 'a')
        const numbers = inbox.messages.map(numberOf).filter((number) => number < lastNumber)
        assert.ok(isRising(numbers))
        assert.ok(numbers.length > 0)
      }
    })

    test('every subscriber of the channel is told, and of no other', async () => {
      await using opened = await open()
      await undisturbed(opened, async (channel) => {
        const told = [
          await subscribe(opened.bus, channel),
          await subscribe(opened.bus, channel),
          await subscribe(opened.elsewhere, channel),
        ]
        const others = [
          await subscribe(opened.bus, `${channel}2`),
          await subscribe(opened.bus, `${channel}*`),
          await subscribe(opened.bus, channel.slice(0, -1)),
        ]
        opened.bus.publish(channel, numbered(1))
        for (const each of told) {
          await each.reaches(opened.bus, channel)
          assert.equal(each.messages.map(numberOf).filter((number) => number === 1).length, 1)
        }
        for (const each of others) assert.equal(each.messages.length, 0)
      })
    })

    test('what was published before subscribing does not come', async () => {
      await using opened = await open()
      const earlier = await subscribe(opened.bus, 'a')
      opened.bus.publish('a', numbered(1))
      await earlier.reaches(opened.bus, 'a')
      const later = await subscribe(opened.bus, 'a')
      await later.reaches(opened.bus, 'a', lastNumber + 1)
      assert.ok(later.messages.every((each) => numberOf(each) !== 1))
    })

    test('nothing arrives after disposing, also of what was on its way', async () => {
      await using opened = await open()
      const staying = await subscribe(opened.bus, 'a')
      const leaving = await subscribe(opened.bus, 'a')
      for (let number = 0; number < 100; number += 1) opened.bus.publish('a', numbered(number))
      leaving.subscription[Symbol.dispose]()
      const before = leaving.messages.length
      await staying.reaches(opened.bus, 'a')
      leaving.subscription[Symbol.dispose]()
      await staying.reaches(opened.bus, 'a', lastNumber + 1)
      assert.equal(leaving.messages.length, before)
    })

    test('a subscriber that leaves while he is told is told nothing more', async () => {
      await using opened = await open()
      const staying = await subscribe(opened.bus, 'a')
      let count = 0
      const leaving = await opened.bus.subscribe('a', () => {
        count += 1
        leaving[Symbol.dispose]()
      })
      for (let number = 0; number < 100; number += 1) opened.bus.publish('a', numbered(number))
      await staying.reaches(opened.bus, 'a')
      assert.ok(count <= 1)
    })

    test('nobody is called from within publish', async () => {
      await using opened = await open()
      let isPublishing = false
      let isCalledWithin = false
      let count = 0
      await opened.bus.subscribe('a', () => {
        isCalledWithin ||= isPublishing
        count += 1
        if (count < 10) publish()
      })
      const publish = () => {
        isPublishing = true
        opened.bus.publish('a', numbered(count))
        isPublishing = false
      }
      while (count < 10) {
        publish()
        await setImmediate()
      }
      assert.equal(isCalledWithin, false)
    })

    test('a receiver that throws hurts nobody else, and not his next message', async () => {
      await using opened = await open()
      let count = 0
      await opened.bus.subscribe('a', () => {
        count += 1
        throw new Error('a mistake of the receiver')
      })
      const other = await subscribe(opened.bus, 'a')
      await other.reaches(opened.bus, 'a')
      while (count < 3) {
        opened.bus.publish('a', numbered(0))
        await setImmediate()
      }
    })

    test('a flood is not waited for: what is too much is lost, and later ones arrive', async () => {
      await using opened = await open()
      const flooded = await subscribe(opened.bus, 'a')
      const beside = await subscribe(opened.bus, 'b')
      for (let number = 0; number < 50_000; number += 1) opened.bus.publish('a', numbered(number))
      await beside.reaches(opened.bus, 'b')
      await flooded.reaches(opened.bus, 'a')
      assert.ok(isRising(flooded.messages.map(numberOf).filter((number) => number < lastNumber)))
    })

    test('publishing where nobody listens, or after the end, is no error', async () => {
      const opened = await open()
      opened.bus.publish('nobody', numbered(1))
      await opened[Symbol.asyncDispose]()
      opened.bus.publish('a', numbered(1))
    })
  })
}

/** Above every number that the tests count. */
const lastNumber = 1_000_000

async function subscribe(bus: Bus, channel: string) {
  const messages: Uint8Array[] = []
  const subscription = await bus.subscribe(channel, (message) => messages.push(message))
  return {
    messages,
    subscription,
    /** Everything published before has arrived or is lost: what is published later is there. */
    async reaches(publisher: Bus, on: string, number = lastNumber): Promise<void> {
      while (messages.length === 0 || numberOf(messages.at(-1)) !== number) {
        publisher.publish(on, numbered(number))
        await setImmediate()
      }
    },
  }
}

function numbered(number: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, number)
  return bytes
}

function numberOf(message: Uint8Array | undefined): number {
  if (message?.length !== 4) return -1
  return new DataView(message.buffer, message.byteOffset).getUint32(0)
}

function isRising(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? -1))
}

function asBytes(message: Uint8Array): Uint8Array {
  return new Uint8Array(message)
}
