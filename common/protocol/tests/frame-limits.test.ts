import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodeClientFrames, encodeFrame } from '../src/frame-codec.ts'
import type { ClientFrame } from '../src/frames.ts'
import { newConversationId, newUserId } from '../src/ids.ts'
import { limits } from '../src/limits.ts'

const parts = { atMs: 1_700_000_000_000, cell: 1, random: 7n }
const conversation = newConversationId(parts)
const user = newUserId(parts)
const hello = { kind: 'hello' as const, version: 1, client: 'test', token: '' }

/** A frame with `size` of what is limited passes at the limit, and not one or ten times above. */
function isLimited(max: number, frameOf: (size: number) => ClientFrame): void {
  const frame = frameOf(max)
  assert.deepEqual(decodeClientFrames(encodeFrame(frame)), [frame])
  for (const size of [max + 1, max * 10]) {
    const bytes = encodeFrame(frameOf(size))
    assert.throws(() => decodeClientFrames(bytes), { code: 'bad-request' }, `${size}`)
  }
}

describe('[P71] a frame of a client is refused above its limit', () => {
  test('bytes of one WebSocket message', () => {
    const junk = (size: number) => {
      // Field 2 of `Frames` is not known, so that only its size can be wrong.
      const bytes = new Uint8Array(size)
      const length = size - 4
      bytes.set([18, (length & 127) | 128, ((length >> 7) & 127) | 128, length >> 14])
      return bytes
    }
    assert.deepEqual(decodeClientFrames(junk(limits.frameBytesMax)), [])
    for (const size of [limits.frameBytesMax + 1, limits.frameBytesMax * 10])
      assert.throws(() => decodeClientFrames(junk(size)), { code: 'bad-request' })
  })

  test('access token', () => {
    isLimited(limits.helloBytesMax, (size) => ({
      ...hello,
      token: 't'.repeat(size),
    }))
  })

  test('client name, in bytes of UTF-8', () => {
    isLimited(limits.clientNameBytesMax / 2, (size) => ({
      ...hello,
      client: 'é'.repeat(size),
    }))
  })

  test('epoch of a sync', () => {
    isLimited(limits.epochBytesMax, (size) => ({
      kind: 'sync',
      request: 1,
      epoch: 'e'.repeat(size),
      since: 0,
    }))
  })

  test('payload of a signal', () => {
    isLimited(limits.signalBytesMax, (size) => ({
      kind: 'signal',
      signal: 'sealed',
      conversation,
      payload: new Uint8Array(size),
    }))
  })

  test('watched users', () => {
    isLimited(limits.watchedUsersMax, (size) => ({
      kind: 'signal',
      signal: 'watch',
      users: Array.from({ length: size }, () => user),
    }))
  })

  test('blob of a mark', () => {
    isLimited(limits.markBlobBytesMax, (size) => ({
      kind: 'mark',
      conversation,
      version: 1,
      readSeq: 1,
      blob: new Uint8Array(size),
    }))
  })

  test('memory does not follow what is refused', () => {
    const tooLarge = new Uint8Array(limits.frameBytesMax * 10).fill(10)
    const before = process.memoryUsage()
    for (let round = 0; round < 1_000; round += 1)
      assert.throws(() => decodeClientFrames(tooLarge), { code: 'bad-request' })
    const after = process.memoryUsage()
    assert.ok(after.external + after.arrayBuffers - before.external - before.arrayBuffers < 2 ** 20)
  })
})
