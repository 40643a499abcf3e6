import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inChromium, password, World } from './world.ts'

describe('two devices of one account', inChromium, () => {
  test('the second one waits for approval, reads along, and goes dark when it is revoked', async () => {
    await using world = await World.open()
    const anna = await world.person('anna')
    const ben = await world.person('ben')
    await anna.startChat('ben')
    await anna.send('before')
    await ben.open('Anna')
    await ben.sees('before')

    const laptop = await world.visitor()
    await laptop.signIn('anna')
    await laptop.page.getByRole('heading', { name: 'Approve this device' }).waitFor()
    await anna.page.goto(`${world.url}/settings/devices`)
    await anna.page.getByRole('button', { name: 'Approve' }).click()
    await laptop.open('Ben')
    await ben.send('to both')
    await laptop.sees('to both')
    await laptop.send('from the laptop')
    await ben.sees('from the laptop')

    const others = anna.page
      .getByRole('region', { name: 'Other devices' })
      .or(anna.page.locator('section', { hasText: 'Other devices' }))
    await others.getByRole('button', { name: /^Options for / }).click()
    await anna.page.getByRole('menuitem', { name: 'Revoke' }).click()
    await anna.page.getByLabel('Your password').fill(password)
    await anna.page.getByRole('button', { name: 'Revoke device' }).click()
    await laptop.page.getByText('You were signed out on this device.').first().waitFor()
    await ben.send('not for the laptop')
    await ben.sees('not for the laptop', 'Sent|Delivered|Read')
    assert.deepEqual(world.complaints, [])
  })
})
