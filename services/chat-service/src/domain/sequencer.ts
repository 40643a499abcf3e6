import {
  type Command,
  type CommandRecord,
  type CommitCommand,
  type CreateCommand,
  type DeviceOfUser,
  directConversationId,
  type RejectReason,
  type StoredMessage,
  unreachable,
} from '@parley/protocol'
import {
  type Conversation,
  currentMembers,
  currentMembership,
  evolve,
  type Membership,
  readersOfNewest,
  standingOf,
} from './conversation.ts'
import type { Ack, ConversationEvent, Nack } from './conversation-event.ts'
import { type Rules, rulesOfEdition } from './rules.ts'

/** What a record leads to. Nothing has happened yet: the caller stores, and then publishes. */
export interface Decision {
  readonly state: Conversation
  readonly effects: {
    /** Undefined when nothing was accepted. */
    readonly store: StoredMessage | undefined
    readonly publish: readonly ConversationEvent[]
  }
}

/**
 * Gives a command its place in the conversation, or says why it has none.
 *
 * A function of the conversation and the record alone: no clock, no random, no I/O, no option. Two
 * owners of a partition therefore decide alike, and neither needs to know of the other. For the
 * same reason a mistake found in here is corrected in a new edition of the rules, never in place.
 */
export function decide(state: Conversation, record: CommandRecord): Decision {
  const rules = rulesOfEdition(record.rules)
  if (record.command.kind === 'system')
    return isNews(state, record.command) ? accept(state, record) : silence(state)
  const last = state.accepted.get(record.device)
  if (last !== undefined && record.n <= last.n)
    return answer(state, {
      kind: 'ack',
      to: record.sender,
      device: record.device,
      conversation: state.id,
      n: last.n,
      seq: last.seq,
    })
  if (record.prev !== (last?.n ?? 0)) return answer(state, nack(state, record, 'out-of-order'))
  const objection = objectionTo(record, state, rules)
  if (objection !== undefined) return answer(state, nack(state, record, objection))
  return accept(state, record)
}

/** The answer to a record that the rules could not even be applied to. */
export function refuse(state: Conversation, record: CommandRecord): Nack {
  return nack(state, record, 'undecidable')
}

function objectionTo(
  record: CommandRecord,
  state: Conversation,
  rules: Rules,
): RejectReason | undefined {
  const { command, sender, device, standing } = record
  if (command.kind === 'create') return objectionToCreation(record, command, state, rules)
  if (state.seq === 0) return 'unknown-conversation'
  if (standing !== standingOf(state, sender)) return 'stale-standing'
  const membership = currentMembership(state.memberships, sender)
  if (membership === undefined) return 'not-a-member'
  switch (command.kind) {
    case 'send': {
      if (command.epoch !== state.epoch) return 'wrong-epoch'
      if (state.devices.get(device) !== sender) return 'not-allowed'
      if (state.pendingRemovals.size > 0) return 'commit-required'
      const last = state.accepted.get(device)
      const isUsed = last?.epoch === command.epoch && command.generation <= last.generation
      return isUsed ? 'device-copied' : undefined
    }
    case 'commit':
      if (command.epoch !== state.epoch) return 'wrong-epoch'
      return objectionToCommit(record, command, membership, state, rules)
    case 'leave':
      return state.kind === 'direct' ? 'not-allowed' : undefined
    case 'set-role': {
      if (state.kind === 'direct' || command.user === sender) return 'not-allowed'
      if (membership.role !== 'owner') return 'not-allowed'
      // One membership, as it was seen: a later one, or another role, is another matter.
      const target = currentMembership(state.memberships, command.user)
      return target?.changedSeq === command.since ? undefined : 'not-a-member'
    }
    case 'erase':
      // Whether it is the sender's own is seen where the message is: in the store.
      return command.target >= 1 && command.target <= state.seq ? undefined : 'not-allowed'
    case 'system':
      return 'not-allowed'
    default:
      return unreachable(command)
  }
}

function objectionToCreation(
  { sender, device }: CommandRecord,
  { conversationKind, encryption, members, devices, epoch, suite }: CreateCommand,
  state: Conversation,
  rules: Rules,
): RejectReason | undefined {
  if (state.seq > 0) return 'already-exists'
  if (encryption !== 'mls' || suite === 0 || epoch === 0) return 'not-allowed'
  if (members.includes(sender) || new Set(members).size !== members.length) return 'not-allowed'
  if (conversationKind === 'direct') {
    const [other] = members
    if (other === undefined || members.length > 1) return 'not-allowed'
    if (state.id !== directConversationId(sender, other)) return 'not-allowed'
  }
  const people = new Set([sender, ...members])
  if (!areDistinct(devices) || devices.some(({ user }) => !people.has(user))) return 'not-allowed'
  if (!devices.some((leaf) => leaf.device === device && leaf.user === sender)) return 'not-allowed'
  if (devices.length > rules.devicesMax || people.size > rules.membersMax) return 'full'
  return undefined
}

function objectionToCommit(
  { sender, device }: CommandRecord,
  { addUsers, removeUsers, addDevices, removeDevices }: CommitCommand,
  { role }: Membership,
  state: Conversation,
  rules: Rules,
): RejectReason | undefined {
  const { devices, pendingRemovals, memberships } = state
  if (devices.get(device) !== sender || pendingRemovals.has(device)) return 'not-allowed'
  const isAdmin = role !== 'member' && state.kind === 'group'
  if ((addUsers.length > 0 || removeUsers.length > 0) && !isAdmin) return 'not-allowed'
  const members = new Set(currentMembers(state))
  for (const user of removeUsers) {
    const target = currentMembership(memberships, user)
    if (target === undefined) return 'not-a-member'
    if (user === sender || (target.role !== 'member' && role !== 'owner')) return 'not-allowed'
    members.delete(user)
  }
  for (const user of addUsers) {
    if (members.has(user) || removeUsers.includes(user)) return 'not-allowed'
    members.add(user)
  }
  const removed = new Set(removeDevices)
  if (removed.size !== removeDevices.length || removed.has(device)) return 'not-allowed'
  if ([...pendingRemovals].some((pending) => !removed.has(pending))) return 'commit-required'
  for (const [leaf, user] of devices)
    if (removeUsers.includes(user) && !removed.has(leaf)) return 'not-allowed'
  for (const leaf of removed) {
    const user = devices.get(leaf)
    if (user === undefined) return 'not-allowed'
    const mayRemove = pendingRemovals.has(leaf) || user === sender || removeUsers.includes(user)
    if (!mayRemove) return 'not-allowed'
  }
  if (!areDistinct(addDevices)) return 'not-allowed'
  for (const { user, device: added } of addDevices)
    if (devices.has(added) || !members.has(user)) return 'not-allowed'
  const leaves = devices.size - removed.size + addDevices.length
  if (leaves > rules.devicesMax || members.size > rules.membersMax) return 'full'
  return memberships.size + addUsers.length > rules.membershipsMax ? 'full' : undefined
}

function areDistinct(devices: readonly DeviceOfUser[]): boolean {
  return new Set(devices.map(({ device }) => device)).size === devices.length
}

/** A system command says something once: of a leaf that is there and not on its way out. */
function isNews(
  { devices, pendingRemovals }: Conversation,
  { device }: Extract<Command, { kind: 'system' }>,
): boolean {
  return device !== undefined && devices.has(device) && !pendingRemovals.has(device)
}

function accept(state: Conversation, record: CommandRecord): Decision {
  const { sender, device, n, command, body } = record
  const isCounted = command.kind === 'send' && !command.isSilent
  const message: StoredMessage = {
    conversation: state.id,
    seq: state.seq + 1,
    sender,
    device,
    n,
    atMs: Math.max(state.atMs, record.timestampMs),
    counted: state.counted + (isCounted ? 1 : 0),
    rules: record.rules,
    command,
    body,
    isErased: false,
    source: record.position,
  }
  const next = evolve(state, message)
  const publish: ConversationEvent[] = []
  const joining = joiningDevices(record)
  if (joining.length > 0)
    publish.push({ kind: 'welcome', message, to: joining, handshake: record.handshake })
  publish.push({ kind: 'message', to: readersOfNewest(next), message })
  return { state: next, effects: { store: message, publish } }
}

function joiningDevices({ command, device }: CommandRecord): readonly DeviceOfUser[] {
  if (command.kind === 'create') return command.devices.filter((leaf) => leaf.device !== device)
  return command.kind === 'commit' ? command.addDevices : []
}

function answer(state: Conversation, event: Ack | Nack): Decision {
  return { state, effects: { store: undefined, publish: [event] } }
}

function silence(state: Conversation): Decision {
  return { state, effects: { store: undefined, publish: [] } }
}

function nack(state: Conversation, record: CommandRecord, reason: RejectReason): Nack {
  return {
    kind: 'nack',
    to: record.sender,
    device: record.device,
    conversation: state.id,
    n: record.n,
    reason,
    accepted: state.accepted.get(record.device)?.n ?? 0,
    epoch: state.epoch,
    standing: standingOf(state, record.sender),
  }
}
