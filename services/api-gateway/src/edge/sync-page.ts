import { WireReader } from '@parley/protocol'

/** What an edge must know of a sync page that it passes on: see `SyncPage` in `frames.proto`. */
export interface SyncPageFacts {
  readonly isLast: boolean
  /** Of its last event, 0 without events. */
  readonly lastPts: number
  readonly head: number
}

/** Reads only that; the messages are not looked at. */
export function syncPageFacts(frames: Uint8Array): SyncPageFacts {
  let [isLast, lastPts, head] = [false, 0, 0]
  const page = nested(nested(new WireReader(frames), 1), 8)
  for (let field = page.next(); field !== 0; field = page.next())
    if (field === 4) lastPts = ptsOf(page.reader())
    else if (field === 5) head = page.uint()
    else if (field === 6) isLast = page.bool()
    else page.skip()
  return { isLast, lastPts, head }
}

function nested(reader: WireReader, wanted: number): WireReader {
  for (let field = reader.next(); field !== 0; field = reader.next())
    if (field === wanted) return reader.reader()
    else reader.skip()
  return new WireReader(new Uint8Array(0))
}

function ptsOf(event: WireReader): number {
  for (let field = event.next(); field !== 0; field = event.next())
    if (field === 1) return event.uint()
    else event.skip()
  return 0
}
