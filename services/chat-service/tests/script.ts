import type { Command, CommandRecord, DeviceId, UserId } from '@parley/protocol'
import { type Conversation, emptyConversation, standingOf } from '../src/domain/conversation.ts'
import { type Decision, decide } from '../src/domain/sequencer.ts'
import { newGroupId, type Person } from './people.ts'

/** A conversation told record by record. What a test does not say, a correct device would say. */
export class Script {
  state: Conversation
  readonly #used = new Map<DeviceId, number>()
  #offset = 0

  constructor(id = newGroupId()) {
    this.state = emptyConversation(id)
  }

  submit(
    person: Person,
    command: Command,
    overrides: Partial<CommandRecord> = {},
  ): Decision['effects'] {
    return this.play(this.record(person, command, overrides))
  }

  play(record: CommandRecord): Decision['effects'] {
    const { state, effects } = decide(this.state, record)
    this.state = state
    return effects
  }

  record(
    { user, device }: Person,
    command: Command,
    overrides: Partial<CommandRecord> = {},
  ): CommandRecord {
    const offset = this.#offset++
    const n = (this.#used.get(device) ?? 0) + 1
    this.#used.set(device, n)
    return {
      position: { generation: 1, offset },
      timestampMs: 1_000 + offset,
      rules: 1,
      conversation: this.state.id,
      sender: user,
      device,
      n,
      prev: this.state.accepted.get(device)?.n ?? 0,
      standing: standingOf(this.state, user),
      command,
      body: new Uint8Array(),
      handshake: undefined,
      ...overrides,
    }
  }

  group(owner: Person, ...members: readonly Person[]): this {
    this.submit(owner, create('group', owner, members))
    return this
  }

  send(person: Person, overrides: Partial<CommandRecord> = {}): Decision['effects'] {
    const { epoch, accepted } = this.state
    const last = accepted.get(person.device)
    const generation = last?.epoch === epoch ? last.generation + 1 : 1
    return this.submit(person, sendCommand(epoch, generation), overrides)
  }

  commit(
    person: Person,
    changes: { add?: readonly Person[]; remove?: readonly Person[] } = {},
    overrides: Partial<CommandRecord> = {},
  ): Decision['effects'] {
    return this.submit(person, commit(this.state, changes), overrides)
  }
}

export function sendCommand(epoch: number, generation: number): Command {
  return { kind: 'send', epoch, generation, isSilent: false, commitment: new Uint8Array(32) }
}

export function create(
  conversationKind: 'direct' | 'group',
  owner: Person,
  members: readonly Person[],
): Command {
  return {
    kind: 'create',
    conversationKind,
    encryption: 'mls',
    members: users(members),
    devices: [owner, ...members],
    suite: 0x4f,
    epoch: 1,
  }
}

/** A commit that adds and removes whole people, and drops what must be dropped. */
export function commit(
  { epoch, devices, pendingRemovals }: Conversation,
  { add = [], remove = [] }: { add?: readonly Person[]; remove?: readonly Person[] },
): Command {
  const removeUsers = users(remove)
  const theirs = [...devices].flatMap(([device, user]) =>
    removeUsers.includes(user) ? [device] : [],
  )
  return {
    kind: 'commit',
    epoch,
    addUsers: users(add),
    removeUsers,
    addDevices: add,
    removeDevices: [...new Set([...theirs, ...pendingRemovals])],
  }
}

function users(people: readonly Person[]): readonly UserId[] {
  return people.map(({ user }) => user)
}
