import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import { inChromium, type Person, World } from './world.ts'

describe('axe finds nothing', inChromium, () => {
  for (const colorScheme of ['light', 'dark'] as const)
    for (const [size, viewport] of [
      ['wide', { width: 1280, height: 800 }],
      ['phone', { width: 390, height: 844 }],
    ] as const)
      test(`on any screen, ${colorScheme}, ${size}`, async () => {
        await using world = await World.open()
        const ben = await world.person('ben')
        const anna = await world.visitor({ colorScheme, viewport })
        const { page } = anna
        await expectNothing(anna, 'sign-up')
        await page.getByRole('button', { name: 'Create account' }).click()
        await expectNothing(anna, 'sign-up with faults')
        await page.getByRole('link', { name: 'Sign in instead' }).click()
        await expectNothing(anna, 'sign-in')
        await page.getByRole('link', { name: 'Create an account' }).click()
        await anna.signUp('anna')
        await expectNothing(anna, 'empty')
        await anna.choose('New chat')
        await page.getByLabel('Exact name').fill('nobody_here')
        await page.getByRole('button', { name: 'Start chat' }).click()
        await page.getByText('Nothing found under this name.').waitFor()
        await expectNothing(anna, 'new chat, not found')
        await page.getByLabel('Exact name').fill('ben')
        await page.getByRole('button', { name: 'Start chat' }).click()
        await anna.send('Hello, with https://example.org in it')
        await ben.open('Anna')
        await ben.send('Hello')
        await anna.sees('Hello')
        await expectNothing(anna, 'chat')
        const chat = page.url()
        await page.goto(`${chat}/code/${await peerOf(anna)}`)
        await page.getByRole('list', { name: 'Safety code' }).waitFor()
        await expectNothing(anna, 'safety code')
        for (const path of ['/new-group', '/settings', '/settings/devices']) {
          await page.goto(`${world.url}${path}`)
          await page.getByRole('heading').first().waitFor()
          await expectNothing(anna, path)
        }
        assert.deepEqual(world.complaints, [])
      })
})

async function expectNothing({ page }: Person, screen: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  const found = violations.map(
    ({ id, nodes }) =>
      `${screen}: ${id} at ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
  )
  assert.deepEqual(found, [])
}

/** The other one of the open direct chat, from the address of its safety code. */
async function peerOf({ page }: Person): Promise<string> {
  const chat = page.url()
  const heading = page.getByRole('heading', { level: 1 })
  await page.getByRole('button').filter({ has: heading }).click()
  await page.waitForURL(/\/code\//)
  const peer = page.url().split('/').at(-1) ?? ''
  await page.goto(chat)
  return peer
}
