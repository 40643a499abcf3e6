import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { World } from './world.ts'

describe('two people in two browsers', () => {
  test('find each other by name and write to each other', async () => {
    await using world = await World.open()
    const anna = await world.person('anna')
    const ben = await world.person('ben')
    await anna.startChat('ben')
    await anna.send('Hello, Ben.')
    await anna.sees('Hello, Ben.', 'Sent')
    await ben.open('Anna')
    await ben.sees('Hello, Ben.')
    await ben.send('Hello, Anna!')
    await anna.sees('Hello, Anna!')
    await ben.sees('Hello, Anna!', 'Read')
    assert.deepEqual(world.complaints, [])
  })
})
