import type { UserId } from './ids.ts'

/** Bus channel of an edge: `encodeEdgeBatch` says what it is to send. */
export const edgeChannel = (edge: string): string => `edge:${edge}`

/** Into how many shards presence is divided. */
export const presenceShards = 16

/** Bus channel for what concerns the presence of a user: `encodePresenceInput`. */
export function presenceChannel(user: UserId): string {
  return presenceShardChannel(Number.parseInt(user.slice(-1), 16) % presenceShards)
}

export const presenceShardChannel = (shard: number): string => `presence:${shard}`
