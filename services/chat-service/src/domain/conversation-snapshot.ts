import { assert } from '@parley/protocol'
import type { Conversation } from './conversation.ts'

const version = 1

/** A conversation as text, for the store to keep. Equal conversations give equal text. */
export function encodeSnapshot(conversation: Conversation): string {
  const { memberships, devices, pendingRemovals, accepted, ...rest } = conversation
  return JSON.stringify({
    version,
    ...rest,
    memberships: [...memberships],
    devices: [...devices],
    pendingRemovals: [...pendingRemovals],
    accepted: [...accepted],
  })
}

/** Undefined for a text of another version: a snapshot is a cache, the messages are the truth. */
export function decodeSnapshot(text: string): Conversation | undefined {
  const stored: StoredConversation = JSON.parse(text)
  if (stored.version !== version) return undefined
  const { version: _, memberships, devices, pendingRemovals, accepted, ...rest } = stored
  assert(Number.isInteger(rest.seq), 'a snapshot has a seq')
  return {
    ...rest,
    memberships: new Map(memberships),
    devices: new Map(devices),
    pendingRemovals: new Set(pendingRemovals),
    accepted: new Map(accepted),
  }
}

type Collections = 'memberships' | 'devices' | 'pendingRemovals' | 'accepted'

interface StoredConversation extends Omit<Conversation, Collections> {
  readonly version: number
  readonly memberships: readonly EntryOf<Conversation['memberships']>[]
  readonly devices: readonly EntryOf<Conversation['devices']>[]
  readonly pendingRemovals: readonly ItemOf<Conversation['pendingRemovals']>[]
  readonly accepted: readonly EntryOf<Conversation['accepted']>[]
}

type EntryOf<M> = M extends ReadonlyMap<infer Key, infer Value> ? readonly [Key, Value] : never
type ItemOf<S> = S extends ReadonlySet<infer Item> ? Item : never
