import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openOnNode } from '@parley/sdk/node'
import { inChromium, password, World } from './world.ts'

const messages = 2_000

describe('a long history', inChromium, () => {
  test('of 2,000 messages is scrolled to its start without a jump', async () => {
    await using world = await World.open()
    const anna = await world.person('anna')
    await using ben = await openOnNode({ url: world.url })
    await ben.signUp({ name: 'ben', displayName: 'Ben', password })
    ben.connect()
    await ben.caughtUp()
    const { id } = await ben.openDirect({ name: 'anna' })
    for (let index = 1; index <= messages; index += 1)
      await ben.send(id, { text: `message ${index}.${' and more'.repeat(index % 23)}` })
    while (ben.queuedCount > 0) await ben.events().next()
    await anna.open('Ben')
    await anna.page.getByRole('button', { name: /^Go to / }).click()
    await anna.sees('message 2000.')
    await anna.log.evaluate(untilStill)
    const seen = new Set<number>()
    const jumps: string[] = []
    for (let turn = 0; turn < 4_000 && !seen.has(1); turn += 1) {
      const { numbers, jump } = await anna.log.evaluate(scrollUpBit)
      for (const number of numbers) seen.add(number)
      if (jump !== '') jumps.push(jump)
    }
    const all = Array.from({ length: messages }, (_, index) => index + 1)
    assert.deepEqual(
      all.filter((number) => !seen.has(number)),
      [],
      'every message was on the screen',
    )
    assert.deepEqual(jumps, [])
    assert.deepEqual(world.complaints, [])
  })
})

/** The way to the bottom goes over rows that were never measured, and ends a few frames later. */
async function untilStill(log: Element): Promise<void> {
  let still = 0
  for (let top = -1; still < 20; top = log.scrollTop) {
    still = top === log.scrollTop ? still + 1 : 0
    await new Promise((resolve) => requestAnimationFrame(resolve))
  }
}

/**
 * Scrolls up by half a screen, and tells which messages are drawn, and whether one of those that
 * stayed on the screen is elsewhere than the scrolling has put it.
 */
async function scrollUpBit(log: Element): Promise<{ numbers: number[]; jump: string }> {
  const step = 300
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
  const places = () =>
    new Map(
      [...log.querySelectorAll('article')].map((article) => [
        Number(/message (\d+)\./.exec(article.textContent ?? '')?.[1]),
        article.getBoundingClientRect().top,
      ]),
    )
  const height = log.getBoundingClientRect().height
  const before = places()
  const from = log.scrollTop
  const tall = log.scrollHeight
  log.scrollBy({ top: -step })
  await frame()
  await frame()
  const after = places()
  const moved = Math.min(step, from)
  let jump = ''
  for (const [number, top] of after) {
    const old = before.get(number)
    if (old === undefined || old < 0 || old > height - step) continue
    const off = top - old - moved
    if (Math.abs(off) > 2) jump = `message ${number} by ${off} px, from ${from} of ${tall}`
  }
  return { numbers: [...before.keys(), ...after.keys()], jump }
}
