import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inChromium, World } from './world.ts'

describe('a group of three', inChromium, () => {
  test('is made, named, talked in, and left', async () => {
    await using world = await World.open()
    const anna = await world.person('anna')
    const ben = await world.person('ben')
    const carla = await world.person('carla')
    await anna.createGroup('Climbing', ['ben', 'carla'])
    await anna.send('Saturday?')
    for (const person of [ben, carla]) {
      await person.open('Climbing')
      await person.sees('Saturday?')
    }
    await ben.send('Eight.')
    await carla.sees('Eight.')
    await carla.send('Nine is better.')
    for (const person of [anna, ben, carla]) {
      await person.sees('Nine is better.')
      assert.deepEqual(await person.texts(), ['Saturday?', 'Eight.', 'Nine is better.'])
    }

    await carla.page.getByRole('button', { name: 'Group info' }).click()
    await carla.page.getByRole('button', { name: 'Leave group' }).click()
    await carla.page.getByRole('dialog').getByRole('button', { name: 'Leave group' }).click()
    await carla.page.getByText('You left this chat. You can still read it.').waitFor()
    await anna.page.getByText('Carla left').first().waitFor()
    await anna.send('Without Carla.')
    await ben.sees('Without Carla.')
    assert.equal(await carla.message('Without Carla.').count(), 0)
    assert.deepEqual(world.complaints, [])
  })
})
