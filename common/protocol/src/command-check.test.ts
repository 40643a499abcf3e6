import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Command, CommandEnvelope, Handshake } from './command.ts'
import { checkCommand } from './command-check.ts'
import { type DeviceId, newConversationId, newDeviceId, newUserId, type UserId } from './ids.ts'
import { limits } from './limits.ts'

const parts = { atMs: 1_700_000_000_000, cell: 1, random: 7n }
const user = newUserId(parts)
const device = newDeviceId(parts)
const nothing = new Uint8Array(0)

const send: Command = {
  kind: 'send',
  epoch: 1,
  generation: 1,
  isSilent: false,
  commitment: new Uint8Array(32),
}
const commit = {
  kind: 'commit',
  epoch: 1,
  addUsers: [],
  removeUsers: [],
  addDevices: [],
  removeDevices: [],
} as const satisfies Command
const create = {
  kind: 'create',
  conversationKind: 'group',
  encryption: 'mls',
  members: [],
  devices: [],
  suite: 1,
  epoch: 1,
} as const satisfies Command

function check(
  command: Command,
  { body = nothing, handshake }: { body?: Uint8Array; handshake?: Handshake } = {},
): void {
  const conversation = newConversationId(parts)
  const counters = { n: 1, prev: 0, standing: 0 }
  const envelope: CommandEnvelope = {
    conversation,
    sender: user,
    device,
    ...counters,
    command,
    body,
    handshake,
  }
  checkCommand(envelope)
}

/** At the limit it passes; one above and ten times above it does not. */
function isLimited(max: number, tryWith: (size: number) => void): void {
  tryWith(max)
  for (const size of [max + 1, max * 10])
    assert.throws(() => tryWith(size), { code: 'too-large' }, `${size}`)
}

const users = (length: number): readonly UserId[] => Array.from({ length }, () => user)
const ids = (length: number): readonly DeviceId[] => Array.from({ length }, () => device)
const devices = (length: number) => Array.from({ length }, () => ({ user, device }))

describe('a command of a device', () => {
  test('[P72] has a body of limited size', () => {
    const commands: readonly Command[] = [
      send,
      { kind: 'leave' },
      { kind: 'set-role', user, role: 'admin', since: 1 },
      { kind: 'erase', target: 1 },
    ]
    for (const command of commands)
      isLimited(limits.messageBodyBytesMax, (size) =>
        check(command, { body: new Uint8Array(size) }),
      )
  })

  test('[P72] has all that it carries inline counted together', () => {
    for (const command of [create, commit])
      isLimited(limits.commandInlineBytesMax, (size) =>
        check(command, {
          body: new Uint8Array(1_000),
          handshake: {
            welcome: new Uint8Array(2_000),
            tree: new Uint8Array(3_000),
            groupInfo: new Uint8Array(size - 6_000),
          },
        }),
      )
  })

  test('[P72] names a limited number of users and devices', () => {
    const max = limits.arrayItemsMax
    isLimited(max, (count) => check({ ...create, members: users(count) }))
    isLimited(max, (count) => check({ ...create, devices: devices(count) }))
    isLimited(max, (count) => check({ ...commit, addUsers: users(count) }))
    isLimited(max, (count) => check({ ...commit, removeUsers: users(count) }))
    isLimited(max, (count) => check({ ...commit, addDevices: devices(count) }))
    isLimited(max, (count) => check({ ...commit, removeDevices: ids(count) }))
  })

  test('[P22] has its content inline or in a blob, never both', () => {
    const isBad = { code: 'bad-request' }
    const blob = new Uint8Array(32)
    const handshake = { welcome: nothing, tree: nothing, groupInfo: nothing }
    for (const command of [create, commit]) {
      check({ ...command, blob })
      assert.throws(() => check({ ...command, blob }, { body: new Uint8Array(1) }), isBad)
      assert.throws(() => check({ ...command, blob }, { handshake }), isBad)
      assert.throws(() => check({ ...command, blob: new Uint8Array(31) }), isBad)
    }
    assert.throws(() => check(send, { handshake }), isBad)
  })

  test('[P21] commits its sender with 32 bytes', () => {
    for (const commitment of [nothing, new Uint8Array(31), new Uint8Array(33)])
      assert.throws(() => check({ ...send, commitment }), { code: 'bad-request' })
  })

  test('[P20] is never one that services write', () => {
    const system = { kind: 'system', change: 'device-revoked', user, device } as const
    assert.throws(() => check(system), { code: 'not-allowed' })
  })
})
