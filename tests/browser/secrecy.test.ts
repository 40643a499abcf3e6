import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { TcpProxy } from './tcp-proxy.ts'
import { inChromium, World } from './world.ts'

describe('what is written', inChromium, () => {
  test('is in no file, log or frame of the server', async () => {
    await using world = await World.open({ PARLEY_LOG_LEVEL: 'debug' })
    const canaries = {
      text: 'quokka-marmalade-7341',
      title: 'zeppelin-hibiscus-9920',
      offline: 'ocelot-trombone-5518',
    }
    await using cable = await TcpProxy.to(world.port)
    const anna = await world.person('anna', { url: cable.url })
    const ben = await world.person('ben', { url: cable.url })
    await anna.startChat('ben')
    await anna.send(canaries.text)
    await ben.open('Anna')
    await ben.sees(canaries.text)
    await anna.createGroup(canaries.title, ['ben'])
    await anna.send(canaries.offline)
    await ben.open(canaries.title)
    await ben.sees(canaries.offline)
    await world.killServer()

    const haystacks = new Map<string, Buffer>()
    for (const entry of await readdir(world.dataFolder, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) {
        const path = join(entry.parentPath, entry.name)
        haystacks.set(path.slice(world.dataFolder.length), await readFile(path))
      }
    assert.ok(haystacks.size >= 3, [...haystacks.keys()].join(', '))
    haystacks.set('log', Buffer.from(world.serverLines.join('\n')))
    haystacks.set('wire', Buffer.concat(cable.heard))
    // The search finds what is there: the names that the server has to know.
    assert.ok([...haystacks.values()].some((bytes) => bytes.includes('anna')))
    assert.ok(haystacks.get('wire')?.includes('parley-web/'), 'what hello says, in a frame')
    for (const [where, bytes] of haystacks)
      for (const canary of Object.values(canaries))
        for (const form of [canary, Buffer.from(canary, 'utf16le'), btoa(canary).slice(0, -4)])
          assert.ok(!bytes.includes(form), `${canary} is in ${where}`)
    assert.deepEqual(world.complaints, [])
  })
})
