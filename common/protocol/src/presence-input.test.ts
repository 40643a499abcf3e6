import assert from 'node:assert/strict'
import { test } from 'node:test'
import { edgeChannel, presenceChannel, presenceShardChannel, presenceShards } from './channels.ts'
import { newConnectionId, newConversationId, newDeviceId, newUserId } from './ids.ts'
import { decodePresenceInput, encodePresenceInput, type PresenceInput } from './presence-input.ts'

const parts = (random: bigint) => ({ atMs: 1_700_000_000_000, cell: 0, random })
const session = {
  user: newUserId(parts(1n)),
  device: newDeviceId(parts(2n)),
  connection: newConnectionId(parts(3n)),
  edge: 'a',
}
const inputs: readonly PresenceInput[] = [
  { kind: 'connected', session },
  { kind: 'disconnected', session },
  { kind: 'watch', session, users: [newUserId(parts(4n)), newUserId(parts(5n))] },
  { kind: 'watch', session, users: [] },
  {
    kind: 'sealed',
    session,
    conversation: newConversationId(parts(6n)),
    payload: Uint8Array.of(1, 2),
  },
]

test('what edges tell presence-service comes back as it was', () => {
  for (const input of inputs)
    assert.deepEqual(decodePresenceInput(encodePresenceInput(input)), input)
})

test('presence of nobody, and of no known kind, is refused', () => {
  assert.throws(() => decodePresenceInput(Uint8Array.of()), { code: 'bad-request' })
  const [input] = inputs
  assert(input !== undefined)
  const bytes = encodePresenceInput(input)
  bytes[1] = 9
  assert.throws(() => decodePresenceInput(bytes), { code: 'bad-request' })
})

test('each user has one channel among the shards', () => {
  const channels = Array.from({ length: presenceShards }, (_, shard) => presenceShardChannel(shard))
  assert(channels.includes(presenceChannel(session.user)))
  assert.equal(new Set(channels).size, presenceShards)
  assert.equal(edgeChannel('a'), 'edge:a')
})
