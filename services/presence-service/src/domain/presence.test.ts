import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  newConnectionId,
  newDeviceId,
  newUserId,
  type PresenceSession,
  type UserId,
} from '@parley/protocol'
import { Presence } from './presence.ts'

let ids = 0n
const parts = () => {
  ids += 1n
  return { atMs: 1_700_000_000_000, cell: 0, random: ids }
}
const newUser = (): UserId => newUserId(parts())
const sessionOf = (user: UserId): PresenceSession => ({
  user,
  device: newDeviceId(parts()),
  connection: newConnectionId(parts()),
  edge: 'e',
})

const leaseMs = 120_000
const newPresence = () => new Presence({ leaseMs, offlineAfterMs: 30_000 })

test('[P52] users of several shards are watched at once', () => {
  const presence = newPresence()
  const [alice, bob, carol] = [newUser(), newUser(), newUser()]
  const watcher = sessionOf(alice)
  presence.watch(1, watcher, new Set([bob]))
  presence.watch(2, watcher, new Set([carol]))
  assert.deepEqual(presence.connected(sessionOf(bob), 0)?.watchers, [watcher])
  assert.deepEqual(presence.connected(sessionOf(carol), 0)?.watchers, [watcher])
})

test('[P52] a list takes the place of the one before, of its shard alone', () => {
  const presence = newPresence()
  const [alice, bob, carol] = [newUser(), newUser(), newUser()]
  const watcher = sessionOf(alice)
  presence.watch(1, watcher, new Set([bob]))
  presence.watch(2, watcher, new Set([carol]))
  presence.watch(1, watcher, new Set())
  assert.deepEqual(presence.connected(sessionOf(bob), 0)?.watchers, [])
  assert.deepEqual(presence.connected(sessionOf(carol), 0)?.watchers, [watcher])
})

test('a connection that flickers is not seen; going is told once, in steps of five minutes', () => {
  const presence = newPresence()
  const [alice, bob] = [newUser(), newUser()]
  const watcher = sessionOf(alice)
  presence.watch(1, watcher, new Set([bob]))
  const [first, second] = [sessionOf(bob), sessionOf(bob)]
  presence.connected(first, 0)
  presence.disconnected(first, 610_000)
  assert.deepEqual(presence.tick(620_000), [])
  assert.equal(presence.connected(second, 621_000), undefined)
  presence.disconnected(second, 630_000)
  assert.deepEqual(presence.tick(659_999), [])
  const state = { isOnline: false, lastSeenMs: 600_000 }
  assert.deepEqual(presence.tick(660_000), [{ user: bob, state, watchers: [watcher] }])
  assert.deepEqual(presence.tick(700_000), [])
})

test('a socket that nobody announces again is gone when its lease ends', () => {
  const presence = newPresence()
  const bob = newUser()
  presence.connected(sessionOf(bob), 0)
  presence.tick(leaseMs)
  assert.equal(presence.stateOf(bob).isOnline, true)
  presence.tick(leaseMs + 30_000)
  assert.equal(presence.stateOf(bob).isOnline, false)
})
