import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { openOnNode } from '@parley/sdk/node'
import { inChromium, password, World } from './world.ts'

const chats = 20
const firstLoadBytesMax = 60_000
const slowDown = 4

describe('the start', inChromium, () => {
  test('of a first visit loads 60 kB of scripts at most, and nothing from elsewhere', async () => {
    await using world = await World.open()
    const { page, context } = await world.visitor()
    const scripts: Promise<number>[] = []
    const strangers: string[] = []
    context.on('response', (response) => {
      if (!response.url().startsWith(world.url)) strangers.push(response.url())
      if (/\.(js|wasm)$/.test(response.url()))
        scripts.push(response.body().then((body) => gzipSync(body).length))
    })
    await page.reload({ waitUntil: 'networkidle' })
    await page.getByRole('button', { name: 'Create account' }).waitFor()
    const sizes = await Promise.all(scripts)
    const bytes = sizes.reduce((sum, size) => sum + size, 0)
    assert.ok(bytes > 0 && bytes <= firstLoadBytesMax, `${bytes} bytes, gzipped`)
    assert.deepEqual(strangers, [])
    assert.deepEqual(world.complaints, [])
  })

  test('of a known browser shows the list from what it has stored, and how long that takes is told', async (t) => {
    await using world = await World.open()
    const anna = await world.person('anna')
    await using ben = await openOnNode({ url: world.url })
    await ben.signUp({ name: 'ben', displayName: 'Ben', password })
    ben.connect()
    await ben.caughtUp()
    for (let index = 1; index <= chats; index += 1) {
      const { id } = await ben.createGroup({
        title: `Group ${index}.`,
        members: [{ name: 'anna' }],
      })
      await ben.send(id, { text: `the last line of ${index}` })
    }
    for (let index = 1; index <= chats; index += 1)
      await anna.listItem(`Group ${index}.`).getByText(`the last line of ${index}`).waitFor()

    const taken: number[] = []
    for (let turn = 0; turn < 5; turn += 1) {
      // With its last page the worker ends: all of it is started anew.
      for (const page of anna.context.pages()) await page.close()
      const page = await world.page(anna.context)
      const session = await anna.context.newCDPSession(page)
      await session.send('Emulation.setCPUThrottlingRate', { rate: slowDown })
      await page.addInitScript(noteFirst, `the last line of ${chats}`)
      await page.goto(world.url)
      await page.getByText(`the last line of ${chats}`).first().waitFor()
      taken.push(await page.evaluate(() => performance.getEntriesByName('list')[0]?.startTime ?? 0))
    }
    t.diagnostic(`list after ${taken.map(Math.round).join(', ')} ms, ${slowDown} times slower`)
    assert.ok(taken.every((ms) => ms > 0))
    assert.deepEqual(world.complaints, [])
  })
})

/** Notes when the page first has a text, at the next frame, which shows it. */
function noteFirst(text: string): void {
  const observer = new MutationObserver(() => {
    if (document.querySelector('nav')?.textContent?.includes(text) !== true) return
    observer.disconnect()
    requestAnimationFrame(() => performance.mark('list'))
  })
  observer.observe(document, { childList: true, subtree: true, characterData: true })
}
