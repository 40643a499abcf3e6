import { type ConversationId, type DeviceId, toBase64Url } from '@parley/protocol'
import type { Operation, Table } from '../local-store.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export function put(table: Table, key: string, value: unknown): Operation {
  return { kind: 'put', table, key, value: encoder.encode(JSON.stringify(value)) }
}

export function remove(table: Table, key: string): Operation {
  return { kind: 'delete', table, key }
}

/** The cast is at a border: only `put` has written these rows. */
export function parseRow<Value>(bytes: Uint8Array): Value {
  return JSON.parse(decoder.decode(bytes)) as Value
}

/** Sorts as the number does. */
export const ordered = (number: number): string => number.toString(16).padStart(14, '0')

export const messageKey = (conversation: ConversationId, seq: number): string =>
  `${conversation}/${ordered(seq)}`

export const outboxKey = (conversation: ConversationId, order: number): string =>
  `${conversation}/${ordered(order)}`

export const markKey = (conversation: ConversationId, device: DeviceId): string =>
  `${conversation}/${device}`

/** All keys that begin with the conversation: `from <= key < to`. */
export const keysOf = (conversation: ConversationId) => ({
  from: `${conversation}/`,
  to: `${conversation}0`,
})

export const mlsKey = (key: Uint8Array): string => toBase64Url(key)
