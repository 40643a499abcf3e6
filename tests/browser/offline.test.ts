import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { TcpProxy } from './tcp-proxy.ts'
import { inChromium, World } from './world.ts'

describe('without a connection', inChromium, () => {
  test('messages wait, are counted, survive a reload, and are sent in order', async () => {
    await using world = await World.open()
    await using cable = await TcpProxy.to(world.port)
    const anna = await world.person('anna', { url: cable.url })
    const ben = await world.person('ben')
    await anna.startChat('ben')
    await anna.send('still here')
    await ben.open('Anna')
    await ben.sees('still here')

    cable.cut()
    await anna.send('one')
    await anna.send('two')
    await anna.sees('two', 'Waiting to send|Sending')
    await anna.page.getByRole('status').getByText('2 messages are waiting.').waitFor()
    await ben.send('while you were away')
    await ben.sees('while you were away', 'Sent')

    cable.mend()
    await anna.page.getByRole('button', { name: 'Try now' }).click()
    await anna.sees('while you were away')
    await anna.sees('two', 'Sent|Delivered|Read')
    await ben.sees('two')
    const expected = ['still here', 'while you were away', 'one', 'two']
    assert.deepEqual(await ben.texts(), expected)
    assert.deepEqual(await anna.texts(), expected)
    assert.equal(await anna.page.getByText('are waiting.').count(), 0)
    assert.deepEqual(world.complaints, [])
  })

  test('what was written before the tab was closed is sent when the app comes back', async () => {
    await using world = await World.open()
    await using cable = await TcpProxy.to(world.port)
    const anna = await world.person('anna', { url: cable.url })
    const ben = await world.person('ben')
    await anna.startChat('ben')
    await anna.send('still here')
    await ben.open('Anna')
    await ben.sees('still here')
    cable.cut()
    await anna.send('kept')
    await anna.sees('kept', 'Waiting to send|Sending')
    const address = anna.page.url()
    await anna.page.close()
    cable.mend()
    const page = await world.page(anna.context)
    await page.goto(address)
    await ben.sees('kept')
    assert.deepEqual(await ben.texts(), ['still here', 'kept'])
    assert.deepEqual(world.complaints, [])
  })
})
