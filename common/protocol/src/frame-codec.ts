/**
 * Frames as bytes (`proto/parley/v1/frames.proto`). Each is encoded as one field of `Frames`, so
 * encodings are joined end to end into one WebSocket message.
 */
import { readClientFrame } from './client-frame-reader.ts'
import { eventField, frameFields, verdicts } from './frame-fields.ts'
import { writeFrame } from './frame-writer.ts'
import type { ClientFrame, ServerFrame, SyncPage } from './frames.ts'
import { limits } from './limits.ts'
import { malformed } from './malformed.ts'
import { readServerFrame } from './server-frame-reader.ts'
import { WireReader, WireWriter } from './wire.ts'

export function encodeFrame(frame: ClientFrame | ServerFrame): Uint8Array {
  const writer = new WireWriter(bytesExpected(frame))
  writer.message(1, () => writer.message(frameFields[frame.kind], () => writeFrame(writer, frame)))
  return writer.finish()
}

/** The bytes of a sync page whose messages are encoded already. */
export function encodeSyncPage(
  page: Omit<SyncPage, 'kind' | 'events'>,
  events: readonly { readonly pts: number; readonly message: Uint8Array }[],
): Uint8Array {
  const writer = new WireWriter(events.reduce((sum, { message }) => sum + message.length + 32, 128))
  writer.message(1, () =>
    writer.message(frameFields['sync-page'], () => {
      writer.uint(1, page.request)
      writer.uint(2, verdicts.indexOf(page.verdict))
      writer.text(3, page.epoch)
      for (const { pts, message } of events)
        writer.message(eventField, () => {
          writer.uint(1, pts)
          writer.bytesAlways(2, message)
        })
      writer.uint(5, page.head)
      writer.bool(6, page.isLast)
    }),
  )
  return writer.finish()
}

/**
 * What a client sent in one WebSocket message. Anything that is not frames of a client, or above the
 * limits of a frame, is a `bad-request`. What a command may hold: `checkCommand`.
 */
export function decodeClientFrames(bytes: Uint8Array): readonly ClientFrame[] {
  if (bytes.length > limits.frameBytesMax) throw malformed('more bytes than a client may send')
  const frames: ClientFrame[] = []
  const outer = new WireReader(bytes)
  for (let field = outer.next(); field !== 0; field = outer.next()) {
    if (field !== 1) {
      outer.skip()
      continue
    }
    if (frames.length === limits.framesPerMessageMax) throw malformed('too many frames')
    const frame = readOne(outer.reader(), readClientFrame)
    if (frame === undefined) throw malformed('a frame that clients do not send')
    frames.push(frame)
  }
  return frames
}

/** What a server sent; what a newer server adds is passed over. */
export function decodeServerFrames(bytes: Uint8Array): readonly ServerFrame[] {
  const frames: ServerFrame[] = []
  const outer = new WireReader(bytes)
  for (let field = outer.next(); field !== 0; field = outer.next()) {
    const frame = field === 1 ? readOne(outer.reader(), readServerFrame) : outer.skip()
    if (frame !== undefined) frames.push(frame)
  }
  return frames
}

/** The one frame in a message `Frame`. */
function readOne<Frame>(
  reader: WireReader,
  read: (field: number, content: WireReader) => Frame | undefined,
): Frame | undefined {
  const field = reader.next()
  if (field === 0) throw malformed('an empty frame')
  const frame = read(field, reader.reader())
  if (reader.next() !== 0) throw malformed('two frames in one')
  return frame
}

function bytesExpected(frame: ClientFrame | ServerFrame): number {
  switch (frame.kind) {
    case 'send':
      return 384 + frame.envelope.body.length
    case 'event':
      return 384 + frame.message.body.length
    case 'hello':
      return 64 + frame.token.length
    default:
      return 160
  }
}
