/**
 * Identifiers: UUIDs (RFC 9562) that name the cell they were made in, so routing needs no
 * directory.
 *
 *     bits 127..80   48   Unix time in milliseconds
 *     bits  79..76    4   version: 7, or 8 for the name-based ids of direct conversations
 *     bits  75..66   10   cell          (the upper part of rand_a)
 *     bits  65..64    2   random        (the rest of rand_a)
 *     bits  63..62    2   variant, 0b10
 *     bits  61..0    62   random        (rand_b)
 *
 * In text: 36 characters, lower case. Version 7 ids sort by the time of their making.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { assert } from './assert.ts'
import { limits } from './limits.ts'

declare const brand: unique symbol
type Id<Name extends string> = string & { readonly [brand]: Name }

export type UserId = Id<'user'>
export type DeviceId = Id<'device'>
export type ConversationId = Id<'conversation'>
/** One socket, for as long as it lives. */
export type ConnectionId = Id<'connection'>

export interface IdParts {
  readonly atMs: number
  readonly cell: number
  /** 64 random bits. */
  readonly random: bigint
}

export const newUserId = (parts: IdParts) => uuidV7(parts) as UserId
export const newDeviceId = (parts: IdParts) => uuidV7(parts) as DeviceId
export const newConversationId = (parts: IdParts) => uuidV7(parts) as ConversationId
export const newConnectionId = (parts: IdParts) => uuidV7(parts) as ConnectionId

/**
 * The one conversation of two users, whichever of them asks: a name-based UUIDv8 (RFC 9562, section
 * 5.8) of both ids, in the cell of the lower one. The two may be the same: notes to oneself.
 */
export function directConversationId(a: UserId, b: UserId): ConversationId {
  const [low, high] = a < b ? [a, b] : [b, a]
  const digest = sha256(new TextEncoder().encode(`parley/direct/1:${low}:${high}`))
  let bits = 0n
  for (const byte of digest.subarray(0, 16)) bits = (bits << 8n) | BigInt(byte)
  const cellAndVersion = (8n << 12n) | (BigInt(cellOf(low)) << 2n) | ((bits >> 64n) & 3n)
  const upper = ((bits >> 80n) << 16n) | cellAndVersion
  const lower = (0b10n << 62n) | (bits & ((1n << 62n) - 1n))
  return dashed((upper << 64n) | lower) as ConversationId
}

export const isUserId = (value: unknown): value is UserId => isId(value)
export const isDeviceId = (value: unknown): value is DeviceId => isId(value)
export const isConversationId = (value: unknown): value is ConversationId => isId(value)
export const isConnectionId = (value: unknown): value is ConnectionId => isId(value)

export function cellOf(id: UserId | DeviceId | ConversationId | ConnectionId): number {
  return Number.parseInt(id.slice(15, 18), 16) >> 2
}

function uuidV7({ atMs, cell, random }: IdParts): string {
  assert(Number.isInteger(atMs) && atMs >= 0 && atMs < 2 ** 48, 'time has 48 bits')
  assert(Number.isInteger(cell) && cell >= 0 && cell < limits.cells, 'cell has 10 bits')
  assert(random >= 0n && random < 1n << 64n, 'random has 64 bits')
  const bits =
    (BigInt(atMs) << 80n) |
    (7n << 76n) |
    (BigInt(cell) << 66n) |
    ((random >> 62n) << 64n) |
    (0b10n << 62n) |
    (random & ((1n << 62n) - 1n))
  return dashed(bits)
}

function dashed(bits: bigint): string {
  const hex = bits.toString(16).padStart(32, '0')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

function isId(value: unknown): boolean {
  return typeof value === 'string' && pattern.test(value)
}
