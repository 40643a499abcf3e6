/** Numbers of `proto/parley/v1/frames.proto` that writers and readers of frames share. */
import type { ClientFrame, Notice, ServerFrame, SyncPage } from './frames.ts'

export const eventField = 4

/** In message `Frame`. */
export const frameFields = {
  hello: 1,
  ready: 2,
  send: 3,
  event: eventField,
  ack: 5,
  nack: 6,
  sync: 7,
  'sync-page': 8,
  heartbeat: 9,
  signal: 10,
  mark: 11,
  error: 12,
  'go-away': 13,
  notice: 14,
} as const satisfies Record<(ClientFrame | ServerFrame)['kind'], number>

// Enums by their number on the wire; 0 is "not said".
export const verdicts: readonly (SyncPage['verdict'] | undefined)[] = [
  undefined,
  'entries',
  'too-long',
  'epoch',
]
export const notices: readonly (Notice['notice'] | undefined)[] = [
  undefined,
  'device-box',
  'devices',
  'key-packages-low',
]
