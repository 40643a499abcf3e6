import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inChromium, World } from './world.ts'

describe('two people in two browsers', inChromium, () => {
  test('find each other by name, write to each other, and see what was read', async () => {
    await using world = await World.open()
    const anna = await world.person('anna')
    const ben = await world.person('ben')
    await anna.startChat('ben')
    await anna.send('Hello, Ben.')
    await anna.sees('Hello, Ben.', 'Sent|Delivered')
    await ben.open('Anna')
    await ben.sees('Hello, Ben.')
    await anna.sees('Hello, Ben.', 'Read')
    await ben.send('Hello, Anna!')
    await anna.sees('Hello, Anna!')
    await ben.sees('Hello, Anna!', 'Read')
    // A signal goes out each four seconds at most, and the one of the last message may be such.
    const typing = anna.composer.pressSequentially('hm, let me think about it', { delay: 200 })
    await ben.page.getByRole('main').getByText('typing').waitFor()
    await typing
    await ben.page.getByText('online').first().waitFor()
    assert.deepEqual(world.complaints, [])
  })

  test('have everything after a reload, in a second tab, and after the server was killed', async () => {
    await using world = await World.open()
    const anna = await world.person('anna')
    const ben = await world.person('ben')
    await anna.startChat('ben')
    await anna.send('first')
    await ben.open('Anna')
    await ben.sees('first')
    await ben.page.reload()
    await ben.sees('first')
    await ben.send('second')
    await anna.sees('second')

    const tab = await anna.secondTab()
    await tab.sees('second')
    await tab.send('from the other tab')
    await anna.sees('from the other tab')
    await ben.sees('from the other tab')
    await anna.page.close()
    await tab.send('and the first tab is closed')
    await ben.sees('and the first tab is closed')

    await world.restartServer()
    await tab.send('after the crash')
    await ben.sees('after the crash')
    await ben.send('me too')
    await tab.sees('me too')
    const expected = [
      'first',
      'second',
      'from the other tab',
      'and the first tab is closed',
      'after the crash',
      'me too',
    ]
    assert.deepEqual(await tab.texts(), expected)
    assert.deepEqual(await ben.texts(), expected)
    assert.deepEqual(world.complaints, [])
  })

  test('compare the same safety code', async () => {
    await using world = await World.open()
    const anna = await world.person('anna')
    const ben = await world.person('ben')
    await anna.startChat('ben')
    await anna.send('Let us compare.')
    await ben.open('Anna')
    const codes: string[] = []
    for (const { page } of [anna, ben]) {
      await page.getByRole('button', { name: 'End-to-end encrypted', exact: true }).click()
      await page.getByRole('button', { name: 'Compare safety code' }).click()
      const code = page.getByRole('list', { name: 'Safety code' })
      await code.waitFor()
      codes.push((await code.getByRole('listitem').allInnerTexts()).join(' '))
    }
    assert.match(codes[0] ?? '', /^(\d{5} ){11}\d{5}$/)
    assert.equal(codes[0], codes[1])
    await anna.page.getByRole('button', { name: 'It is the same' }).click()
    await anna.page.getByText('You have compared the code with Ben.').waitFor()
    assert.deepEqual(world.complaints, [])
  })
})
