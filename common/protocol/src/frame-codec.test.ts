import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { clientFrame, count, event, serverFrame } from '../tests/arbitraries.ts'
import { checkProperty, concat } from '../tests/check-property.ts'
import {
  decodeClientFrames,
  decodeServerFrames,
  encodeFrame,
  encodeSyncPage,
} from './frame-codec.ts'
import { limits } from './limits.ts'
import { decodeMessage, encodeEvent, encodeMessage, eventHead } from './message-codec.ts'
import { WireWriter } from './wire.ts'

describe('frames', () => {
  test('[P1] what a client encodes is what a server decodes, several joined end to end', () => {
    checkProperty(
      fc.property(fc.array(clientFrame, { maxLength: 4 }), (frames) => {
        assert.deepEqual(decodeClientFrames(concat(frames.map(encodeFrame))), frames)
      }),
    )
  })

  test('[P1] what a server encodes is what a client decodes, several joined end to end', () => {
    checkProperty(
      fc.property(fc.array(serverFrame, { maxLength: 4 }), (frames) => {
        assert.deepEqual(decodeServerFrames(concat(frames.map(encodeFrame))), frames)
      }),
    )
  })

  test('[P2] the head of an event and the shared bytes of its message make the event', () => {
    checkProperty(
      fc.property(event, ({ pts, message }) => {
        const shared = encodeMessage(message)
        const frame = encodeFrame({ kind: 'event', pts, message })
        assert.deepEqual(concat([eventHead(pts, shared.length), shared]), frame)
        assert.deepEqual(encodeEvent(pts, shared), frame)
        assert.deepEqual(decodeMessage(shared), message)
      }),
    )
  })

  test('[P2] a sync page of encoded messages is the page of those messages', () => {
    checkProperty(
      fc.property(fc.array(event, { maxLength: 4 }), count, (events, head) => {
        const page = { request: 7, verdict: 'entries', epoch: 'e', head, isLast: true } as const
        const encoded = events.map(({ pts, message: m }) => ({ pts, message: encodeMessage(m) }))
        assert.deepEqual(
          encodeSyncPage(page, encoded),
          encodeFrame({ kind: 'sync-page', ...page, events }),
        )
      }),
    )
  })

  test('[P4] frames of the other direction are refused', () => {
    const frame = encodeFrame({ kind: 'go-away', returnAfterMs: 1 })
    assert.throws(() => decodeClientFrames(frame), { code: 'bad-request' })
  })

  test('[P4] two frames in one, and a frame without a kind, are refused', () => {
    const heartbeat = new WireWriter()
    heartbeat.message(9, () => heartbeat.uint(1, 3))
    const one = heartbeat.finish()
    for (const content of [concat([one, one]), new Uint8Array(0)]) {
      const frames = new WireWriter()
      frames.bytesAlways(1, content)
      const bytes = frames.finish()
      assert.throws(() => decodeClientFrames(bytes), { code: 'bad-request' })
      assert.throws(() => decodeServerFrames(bytes), { code: 'bad-request' })
    }
  })

  test('[P5] a client passes over what a newer server adds', () => {
    const writer = new WireWriter()
    writer.text(2, 'a field beside the frames')
    writer.message(1, () => writer.message(99, () => writer.text(1, 'a new kind of frame')))
    writer.message(1, () => writer.message(14, () => writer.uint(1, 99)))
    writer.message(1, () => writer.message(10, () => writer.message(99, () => {})))
    writer.message(1, () =>
      writer.message(9, () => {
        writer.uint(1, 3)
        writer.text(2, 'a new field')
      }),
    )
    assert.deepEqual(decodeServerFrames(writer.finish()), [{ kind: 'heartbeat', pts: 3 }])
  })

  test('[P5] codes and reasons that are new to a client have a meaning all the same', () => {
    const writer = new WireWriter()
    for (const name of ['new-in-version-9', 'constructor', '__proto__']) {
      writer.message(1, () => writer.message(12, () => writer.text(1, name)))
      writer.message(1, () =>
        writer.message(6, () => {
          writer.id(1, '017f22e2-79b0-7cc3-98c4-dc0c0c07398f')
          writer.text(3, name)
        }),
      )
    }
    const frames = decodeServerFrames(writer.finish())
    assert.deepEqual(
      frames.map((frame) =>
        frame.kind === 'error' ? frame.code : 'reason' in frame && frame.reason,
      ),
      ['internal', 'undecidable', 'internal', 'undecidable', 'internal', 'undecidable'],
    )
  })

  test('[P6] a server passes over fields that it does not know', () => {
    const writer = new WireWriter()
    writer.message(1, () =>
      writer.message(7, () => {
        writer.uint(1, 5)
        writer.text(2, 'epoch')
        writer.uint(3, 17)
        writer.text(4, 'new in version 9')
      }),
    )
    const sync = { kind: 'sync', request: 5, epoch: 'epoch', since: 17 }
    assert.deepEqual(decodeClientFrames(writer.finish()), [sync])
  })

  test('[P7] the number of frames in one message has a limit', () => {
    const heartbeat = encodeFrame({ kind: 'heartbeat', pts: 1 })
    const joined = (length: number) => concat(Array.from({ length }, () => heartbeat))
    const max = limits.framesPerMessageMax
    assert.equal(decodeClientFrames(joined(max)).length, max)
    for (const length of [max + 1, max * 10])
      assert.throws(() => decodeClientFrames(joined(length)), { code: 'bad-request' })
  })
})
