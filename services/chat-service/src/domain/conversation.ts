import {
  assert,
  type CommitCommand,
  type ConversationId,
  type ConversationKind,
  type CreateCommand,
  type DeviceId,
  type Encryption,
  type LogPosition,
  logStart,
  type Role,
  type StoredMessage,
  type UserId,
  unreachable,
} from '@parley/protocol'

/** All that the rules know of a conversation: the sum of its messages, and nothing else. */
export interface Conversation {
  readonly id: ConversationId
  /** The `seq` of the newest message, 0 before creation. */
  readonly seq: number
  /** The log record that the newest message was made from. */
  readonly source: LogPosition
  readonly atMs: number
  readonly counted: number
  readonly kind: ConversationKind | null
  readonly encryption: Encryption | null
  /** IANA number of the MLS cipher suite; 0 where the server can read. */
  readonly suite: number
  /** The MLS epoch; stays 0 where the server can read. */
  readonly epoch: number
  /** Everyone who is or was a member. Nobody is forgotten, so a standing never goes back. */
  readonly memberships: Memberships
  /** The leaves of the MLS group, and whose they are. */
  readonly devices: ReadonlyMap<DeviceId, UserId>
  /** Leaves that must not read on: of revoked devices and of leavers. The next commit drops them. */
  readonly pendingRemovals: ReadonlySet<DeviceId>
  /** The newest accepted command of each device. */
  readonly accepted: ReadonlyMap<DeviceId, Accepted>
}

export type Memberships = ReadonlyMap<UserId, Membership>

export interface Membership {
  readonly role: Role
  /** The message that began it, the first one this member may read. */
  readonly fromSeq: number
  /** The message that ended it, the last one this member may read. Null while it lasts. */
  readonly toSeq: number | null
  /** The message that last changed any of this. */
  readonly changedSeq: number
}

export interface Accepted {
  readonly n: number
  readonly seq: number
  /** Of the device's last `send`: its epoch and its count of seals in it. */
  readonly epoch: number
  readonly generation: number
}

export function emptyConversation(id: ConversationId): Conversation {
  return {
    id,
    seq: 0,
    source: logStart,
    atMs: 0,
    counted: 0,
    kind: null,
    encryption: null,
    suite: 0,
    epoch: 0,
    memberships: new Map(),
    devices: new Map(),
    pendingRemovals: new Set(),
    accepted: new Map(),
  }
}

/**
 * The conversation with one more message. This is the only way it ever changes: when a command is
 * accepted and when messages are read back after a restart.
 */
export function evolve(conversation: Conversation, message: StoredMessage): Conversation {
  assert(message.conversation === conversation.id, 'a message of this conversation')
  assert(message.seq === conversation.seq + 1, 'messages are dense')
  const { seq, source, atMs, counted } = message
  return {
    ...conversation,
    ...change(conversation, message),
    seq,
    source,
    atMs,
    counted,
    accepted: withAccepted(conversation.accepted, message),
  }
}

export function currentMembership(all: Memberships, user: UserId): Membership | undefined {
  const membership = all.get(user)
  return membership?.toSeq === null ? membership : undefined
}

export function currentMembers({ memberships }: Conversation): readonly UserId[] {
  return [...memberships].flatMap(([user, { toSeq }]) => (toSeq === null ? [user] : []))
}

/** The `seq` of the last change to this user's membership or role, 0 when there never was one. */
export function standingOf(conversation: Conversation, user: UserId): number {
  return conversation.memberships.get(user)?.changedSeq ?? 0
}

/** Who may read the newest message: the members, and whoever has just stopped being one. */
export function readersOfNewest({ memberships, seq }: Conversation): readonly UserId[] {
  const readers: UserId[] = []
  for (const [user, { toSeq }] of memberships)
    if (toSeq === null || toSeq === seq) readers.push(user)
  return readers
}

/**
 * The counters with this message. A system command has none.
 */
function withAccepted(
  all: Conversation['accepted'],
  { device, n, seq, command }: StoredMessage,
): Conversation['accepted'] {
  if (command.kind === 'system') return all
  const before = all.get(device)
  const { epoch, generation } =
    command.kind === 'send' ? command : (before ?? { epoch: 0, generation: 0 })
  return new Map(all).set(device, { n, seq, epoch, generation })
}

function change(conversation: Conversation, message: StoredMessage): Partial<Conversation> {
  const { command, sender, seq } = message
  const { memberships, devices, pendingRemovals } = conversation
  switch (command.kind) {
    case 'create':
      return created(command, sender, seq)
    case 'send':
    case 'erase':
      return {}
    case 'commit':
      return committed(conversation, command, seq)
    case 'leave': {
      const own = [...devices].flatMap(([device, user]) => (user === sender ? [device] : []))
      return {
        memberships: succeeded(closed(memberships, [sender], seq), seq),
        pendingRemovals: new Set([...pendingRemovals, ...own]),
      }
    }
    case 'set-role': {
      const membership = currentMembership(memberships, command.user)
      if (membership === undefined) return {}
      const changed = { ...membership, role: command.role, changedSeq: seq }
      return { memberships: new Map(memberships).set(command.user, changed) }
    }
    case 'system':
      return command.device === undefined
        ? {}
        : { pendingRemovals: new Set([...pendingRemovals, command.device]) }
    default:
      return unreachable(command)
  }
}

function created(command: CreateCommand, sender: UserId, seq: number): Partial<Conversation> {
  const owner = opened(new Map(), [sender], 'owner', seq)
  // Both of a direct conversation are equal.
  const role = command.conversationKind === 'direct' ? 'owner' : 'member'
  return {
    kind: command.conversationKind,
    encryption: command.encryption,
    suite: command.suite,
    epoch: command.epoch,
    memberships: opened(owner, command.members, role, seq),
    devices: new Map(command.devices.map(({ user, device }) => [device, user])),
  }
}

function committed(
  { memberships, devices, pendingRemovals, epoch }: Conversation,
  command: CommitCommand,
  seq: number,
): Partial<Conversation> {
  const remaining = closed(memberships, command.removeUsers, seq)
  const leaves = new Map(devices)
  const pending = new Set(pendingRemovals)
  for (const device of command.removeDevices) {
    leaves.delete(device)
    pending.delete(device)
  }
  for (const { user, device } of command.addDevices) leaves.set(device, user)
  return {
    epoch: epoch + 1,
    memberships: opened(remaining, command.addUsers, 'member', seq),
    devices: leaves,
    pendingRemovals: pending,
  }
}

function opened(
  all: Memberships,
  users: readonly UserId[],
  role: Role,
  fromSeq: number,
): Memberships {
  const newcomers = users.filter((user) => currentMembership(all, user) === undefined)
  return new Map([
    ...all,
    ...newcomers.map(
      (user) => [user, { role, fromSeq, toSeq: null, changedSeq: fromSeq }] as const,
    ),
  ])
}

function closed(all: Memberships, users: readonly UserId[], toSeq: number): Memberships {
  const ended = users.flatMap((user) => {
    const membership = currentMembership(all, user)
    return membership === undefined
      ? []
      : [[user, { ...membership, toSeq, changedSeq: toSeq }] as const]
  })
  return new Map([...all, ...ended])
}

/** A group is never without an owner: the admin, else the member, who has been there longest. */
function succeeded(all: Memberships, seq: number): Memberships {
  const current = [...all].filter(([, { toSeq }]) => toSeq === null)
  if (current.some(([, { role }]) => role === 'owner')) return all
  const admins = current.filter(([, { role }]) => role === 'admin')
  const [heir] = (admins.length > 0 ? admins : current).toSorted(
    ([aId, a], [bId, b]) => a.fromSeq - b.fromSeq || (aId < bId ? -1 : 1),
  )
  if (heir === undefined) return all
  const [user, membership] = heir
  return new Map(all).set(user, { ...membership, role: 'owner', changedSeq: seq })
}
