import type { ConversationId, DeviceId, UserId } from '@parley/protocol'

/** What waits for one device until it has fetched it: the welcome into a conversation. */
export interface DeviceBoxEntry {
  readonly user: UserId
  readonly device: DeviceId
  readonly conversation: ConversationId
  /** The create or commit that brought the device in. */
  readonly seq: number
  readonly atMs: number
  readonly welcome: Uint8Array
  readonly tree: Uint8Array
}

/**
 * - Order. Oldest first, by an id that the store gives.
 * - Idempotency. One entry for each (device, conversation, seq), whoever puts it how often; an entry
 *   that was acknowledged may come again after a crash, and is harmless.
 * - Limits. `limits.deviceBoxEntriesMax` for a device; then the oldest go.
 */
export interface DeviceBox {
  put(entries: readonly DeviceBoxEntry[]): Promise<void>
  list(device: DeviceId, after: number, limit: number): Promise<readonly StoredBoxEntry[]>
  /** Deletes entries up to this id. */
  acknowledge(device: DeviceId, upTo: number): Promise<void>
  trim(beforeMs: number): Promise<void>
}

export interface StoredBoxEntry extends DeviceBoxEntry {
  readonly id: number
}
