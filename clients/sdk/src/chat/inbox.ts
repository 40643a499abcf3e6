import { E2eeError, type Processed } from '@parley/e2ee'
import {
  type CommitCommand,
  type ConversationId,
  chatRoutes,
  type DeviceId,
  type DeviceOfUser,
  decodeCommandBlob,
  type Message,
  toBase64Url,
  type UserId,
} from '@parley/protocol'
import type { Api } from '../net/api.ts'
import { ParleyError } from '../parley-error.ts'
import type { Platform } from '../platform.ts'
import type { LocalState } from '../state/local-state.ts'
import type {
  AccountRecord,
  ConversationRecord,
  CursorRecord,
  OutboxRecord,
  StoredContent,
} from '../state/records.ts'
import type { Transaction } from '../state/transaction.ts'
import { type ConversationState, standingOf, withState } from './conversation-state.ts'
import type { DeviceBox } from './device-box.ts'
import type { Directory } from './directory.ts'
import { newConversation, withLogChange } from './log-state.ts'
import { newOutgoing } from './outgoing.ts'
import { type Reading, readingOf, readOwn, unreadable } from './reading.ts'
import { systemLine } from './timeline-line.ts'

export interface InboxOptions {
  readonly state: LocalState
  readonly api: Api
  readonly box: DeviceBox
  readonly directory: Directory
  readonly platform: Platform
  /** After messages of these conversations were stored. */
  readonly onApplied: (conversations: ReadonlySet<ConversationId>) => void
}

/** What has to be asked for before messages can be applied; by conversation and seq. */
interface Supplies {
  readonly states: Map<ConversationId, ConversationState>
  readonly commits: Map<Message, Uint8Array>
}

/**
 * Takes messages in the order of their conversation: decrypts them, follows the membership, and
 * stores text, encryption state and place in one step.
 */
export class Inbox {
  readonly #options: InboxOptions

  constructor(options: InboxOptions) {
    this.#options = options
  }

  /** With `cursor`, that is where the user log stands afterwards. A message that is there already is passed over. */
  async apply(messages: readonly Message[], cursor?: CursorRecord): Promise<void> {
    const { state, box, onApplied } = this.#options
    const supplies = await this.#supply(messages)
    const touched = new Set<ConversationId>()
    await state.transact(async (transaction) => {
      for (const message of messages) {
        const record = this.#recordFor(transaction, message, supplies)
        touched.add(message.conversation)
        if (message.seq > record.appliedSeq + 1) {
          // Something is missing before it: the histories are read up to here later.
          if (message.seq > record.headSeq)
            transaction.setConversation({ ...record, headSeq: message.seq })
        } else if (message.seq > record.appliedSeq)
          this.#applyOne(transaction, record, message, supplies)
      }
      if (cursor !== undefined) transaction.setCursor(cursor)
    })
    for (const conversation of touched) {
      const record = state.conversations.get(conversation)
      if (record !== undefined) box.settle(conversation, record.appliedSeq)
    }
    box.acknowledge().catch(() => {})
    onApplied(touched)
  }

  /** A conversation as the server has it now, for a device that did not see how it came to be. */
  async readState(conversation: ConversationId): Promise<ConversationState> {
    return await this.#options.api.call(chatRoutes.readConversation, { params: { conversation } })
  }

  get #account(): AccountRecord {
    const { account } = this.#options.state
    if (account === undefined) throw new ParleyError('signed-out')
    return account
  }

  async #supply(messages: readonly Message[]): Promise<Supplies> {
    const { state, box, directory, api } = this.#options
    const { device, user } = this.#account
    const supplies: Supplies = { states: new Map(), commits: new Map() }
    const people = new Set<UserId>()
    const unknownKeys = new Set<UserId>()
    for (const message of messages) {
      const { conversation, command, seq } = message
      const record = state.conversations.get(conversation)
      if (record !== undefined && seq <= record.appliedSeq) continue
      people.add(message.sender)
      const joining = joiningDevices(message)
      for (const leaf of joining) {
        people.add(leaf.user)
        if (state.people.get(leaf.user)?.devices[leaf.device] === undefined)
          unknownKeys.add(leaf.user)
      }
      if (command.kind === 'create') for (const member of command.members) people.add(member)
      const isJoin = message.device !== device && joining.some((leaf) => leaf.device === device)
      if (isJoin) await box.ensure(conversation, seq)
      const isUnknown = record === undefined || (isJoin && record.joinSeq === null)
      const isCreated = messages.some(
        (each) => each.conversation === conversation && each.command.kind === 'create',
      )
      if (isUnknown && !isCreated && !supplies.states.has(conversation)) {
        const now = await this.readState(conversation)
        supplies.states.set(conversation, now)
        for (const leaf of now.devices)
          if (state.people.get(leaf.user)?.devices[leaf.device] === undefined)
            unknownKeys.add(leaf.user)
        for (const member of now.members) people.add(member.user)
      }
      if (command.kind === 'commit' && command.blob !== undefined && message.device !== device) {
        const params = { conversation, hash: toBase64Url(command.blob) }
        const blob = await api.bytes(chatRoutes.readCommandBlob, { params })
        supplies.commits.set(message, decodeCommandBlob(blob).body)
      }
    }
    people.delete(user)
    // A name or key that cannot be read now is read later: nothing is sealed for it until then.
    if (unknownKeys.size > 0) await directory.readKeys(unknownKeys).catch(ignoreOffline)
    await directory.ensureNames(people).catch(ignoreOffline)
    return supplies
  }

  #recordFor(
    transaction: Transaction,
    { conversation, seq, command }: Message,
    { states }: Supplies,
  ): ConversationRecord {
    const known = transaction.conversation(conversation)
    const now = states.get(conversation)
    const own = this.#account.user
    if (known === undefined) {
      const kind = command.kind === 'create' ? command.conversationKind : (now?.kind ?? 'group')
      const fresh = {
        ...newConversation(conversation, kind),
        appliedSeq: seq - 1,
        storedFromSeq: seq,
      }
      return now === undefined ? fresh : withState(fresh, now, own)
    }
    const isOwnReturn =
      command.kind === 'commit' && command.addUsers.includes(own) && seq > known.appliedSeq
    if (isOwnReturn && now !== undefined)
      return withState({ ...known, appliedSeq: seq - 1 }, now, own)
    if (now !== undefined && now.seq > known.logSeq) return withState(known, now, own)
    return known
  }

  #applyOne(
    transaction: Transaction,
    before: ConversationRecord,
    message: Message,
    supplies: Supplies,
  ): void {
    const { user, device } = this.#account
    const { conversation, seq, command, atMs, counted } = message
    const sent = message.device === device ? takeOutgoing(transaction, message) : undefined
    transaction.setConversation(withLogChange(before, message, user))
    const reading = this.#read(transaction, message, { sent, supplies })
    const record = transaction.conversation(conversation)
    if (record === undefined) return
    const isOwn = message.sender === user
    const hasRead = isOwn && command.kind === 'send' && sent?.isReading !== false
    const next: ConversationRecord = {
      ...record,
      appliedSeq: seq,
      headSeq: Math.max(record.headSeq, seq),
      counted,
      ...(message.device === device && command.kind !== 'system'
        ? { accepted: Math.max(record.accepted, message.n) }
        : {}),
      ...(hasRead && seq > record.readSeq ? { readSeq: seq, readCounted: counted } : {}),
      ...(isOwnArrival(message, user) ? { readSeq: seq, readCounted: counted } : {}),
      // The place was heard of from another device before the message came.
      ...(seq <= record.readSeq ? { readCounted: counted } : {}),
    }
    const content = this.#contentOf(record, reading)
    const title = reading.kind === 'title' ? reading.title : record.title
    if (content === undefined) return transaction.setConversation({ ...next, title })
    const line = {
      id: sent === undefined ? `s${seq}` : sent.id,
      seq,
      sender: message.sender,
      device: message.device,
      atMs,
      counted,
      content,
    }
    transaction.setConversation({ ...next, title, last: line, lastActivityMs: atMs })
    transaction.setMessage(conversation, line, { isNew: sent === undefined })
  }

  #contentOf(record: ConversationRecord, reading: Reading): StoredContent | undefined {
    if (reading.kind === 'line') return reading.content
    if (reading.kind === 'nothing' || reading.title === record.title) return undefined
    // The first name is part of how the group came to be.
    if (record.title === null) return undefined
    return { kind: 'system', change: 'renamed', users: [], text: reading.title }
  }

  #read(
    transaction: Transaction,
    message: Message,
    { sent, supplies }: { sent: OutboxRecord | undefined; supplies: Supplies },
  ): Reading {
    const { command, isErased } = message
    if (command.kind === 'send') {
      if (isErased) return { kind: 'line', content: { kind: 'erased' } }
      return message.device === this.#account.device
        ? readOwn(sent)
        : this.#decrypt(transaction, message)
    }
    if (command.kind === 'create' || command.kind === 'commit')
      this.#followGroup(transaction, message, supplies)
    if (command.kind === 'erase') return { kind: 'nothing' }
    const left = command.kind === 'leave' && message.sender === this.#account.user
    if (left) this.#leaveGroup(transaction, message.conversation)
    const content = systemLine(message)
    return content === undefined ? { kind: 'nothing' } : { kind: 'line', content }
  }

  #decrypt(transaction: Transaction, message: Message): Reading {
    const { conversation, command, body, seq } = message
    if (command.kind !== 'send') return { kind: 'nothing' }
    const record = transaction.conversation(conversation)
    if (record === undefined || record.joinSeq === null || seq <= record.joinSeq)
      return command.isSilent ? { kind: 'nothing' } : unreadable('new-device')
    const opened = attempt(() => transaction.mls.process({ conversation, message: body }))
    if (opened?.kind !== 'application' || !isOf(opened.sender, message))
      return command.isSilent ? { kind: 'nothing' } : unreadable('damaged')
    if (opened.isFork) transaction.change(conversation, { isForked: true })
    // What cannot be reported is not shown (e2ee.md, section 9).
    if (!equal(opened.commitment, command.commitment)) return unreadable('damaged')
    return readingOf(opened.envelope, command.isSilent)
  }

  #followGroup(transaction: Transaction, message: Message, supplies: Supplies): void {
    const { device } = this.#account
    const { conversation, command, seq } = message
    const record = transaction.conversation(conversation)
    if (record === undefined) return
    if (message.device === device) {
      const hasGroup = transaction.mls.hasGroup(conversation)
      if (hasGroup && transaction.mls.group(conversation).hasPendingCommit)
        transaction.mls.mergePending(conversation)
      const joinSeq = command.kind === 'create' && hasGroup ? seq : record.joinSeq
      const untrusted = withoutGone(record, record.untrusted)
      const standing = standingOf(record, joinSeq)
      transaction.change(conversation, { joinSeq, untrusted, standing })
      if (command.kind === 'commit' && command.addDevices.length > 0)
        tellTitle(transaction, record, this.#options.platform)
    } else if (joiningDevices(message).some((leaf) => leaf.device === device))
      this.#join(transaction, message, record)
    else if (record.joinSeq !== null && command.kind === 'commit') {
      const body = supplies.commits.get(message) ?? message.body
      this.#followCommit(transaction, { message, command, record, body })
    }
  }

  /** Others have brought this device in. */
  #join(transaction: Transaction, message: Message, record: ConversationRecord): void {
    const { box, directory } = this.#options
    const { conversation, seq, command } = message
    const { mls } = transaction
    dropSealed(transaction, conversation)
    mls.deleteGroup(conversation)
    const found = box.find(conversation, seq)
    const epoch =
      command.kind === 'commit' ? command.epoch + 1 : command.kind === 'create' ? command.epoch : 0
    const opened = found && attempt(() => mls.openWelcome(found))
    if (opened === undefined) {
      transaction.change(conversation, { joinSeq: null, standing: standingOf(record, null) })
      return
    }
    const isAsDeclared =
      opened.conversation === conversation &&
      opened.epoch === epoch &&
      isOf(opened.sender, message) &&
      (record.logSeq > seq || sameDevices(opened.members, record.devices))
    if (!isAsDeclared) {
      mls.dropWelcome(opened.handle)
      transaction.change(conversation, {
        joinSeq: null,
        isForked: true,
        standing: standingOf(record, null),
      })
      return
    }
    mls.acceptWelcome(opened.handle)
    const untrusted = opened.members.filter((leaf) => !directory.vouchesFor(leaf, transaction))
    transaction.change(conversation, {
      joinSeq: seq,
      isForked: false,
      standing: standingOf(record, seq),
      untrusted: untrusted
        .map((leaf) => leaf.device)
        .filter((each) => each !== this.#account.device),
    })
  }

  #followCommit(
    transaction: Transaction,
    {
      message,
      command,
      record,
      body,
    }: { message: Message; command: CommitCommand; record: ConversationRecord; body: Uint8Array },
  ): void {
    const { conversation } = message
    const { mls } = transaction
    // Another commit was first: what this device wanted is decided anew on the new epoch.
    dropSealed(transaction, conversation, { onlyCommits: true })
    if (attempt(() => mls.group(conversation))?.hasPendingCommit) mls.clearPending(conversation)
    const staged = attempt(() => mls.process({ conversation, message: body }))
    if (staged?.kind !== 'commit' || !isAsDeclared(staged, command, message)) {
      if (staged?.kind === 'commit') mls.dropStaged(conversation)
      transaction.change(conversation, { isForked: true })
      return
    }
    mls.applyStaged(conversation)
    if (staged.isSelfRemoved) return this.#leaveGroup(transaction, conversation)
    const doubtful = staged.added.filter(
      (leaf) => !this.#options.directory.vouchesFor(leaf, transaction),
    )
    const untrusted = [...record.untrusted, ...doubtful.map(({ device }) => device)]
    transaction.change(conversation, { untrusted: withoutGone(record, untrusted) })
  }

  #leaveGroup(transaction: Transaction, conversation: ConversationId): void {
    transaction.mls.deleteGroup(conversation)
    const record = transaction.conversation(conversation)
    if (record === undefined) return
    transaction.change(conversation, {
      joinSeq: null,
      wishes: [],
      standing: record.standing === 'member' ? 'joining' : record.standing,
    })
  }
}

/** Nothing of before is unread for somebody who has just come in. */
function isOwnArrival({ command, sender }: Message, own: UserId): boolean {
  if (command.kind === 'create') return true
  return command.kind === 'commit' && command.addUsers.includes(own) && sender !== own
}

/** The outbox entry that this message answers. */
function takeOutgoing(transaction: Transaction, { conversation, n }: Message) {
  const entry = transaction
    .outboxOf(conversation)
    .find((each) => each.state === 'sealed' && each.n === n)
  if (entry === undefined) return undefined
  transaction.dropOutgoing(entry)
  transaction.settle(entry)
  return entry
}

/** What was sealed for a group that is no more is sealed anew; creations and commits are wishes. */
function dropSealed(
  transaction: Transaction,
  conversation: ConversationId,
  { onlyCommits = false }: { onlyCommits?: boolean } = {},
): void {
  for (const entry of transaction.outboxOf(conversation)) {
    if (entry.state !== 'sealed') continue
    const { kind } = entry.what
    if (kind === 'commit' || kind === 'create') transaction.dropOutgoing(entry)
    else if (!onlyCommits)
      transaction.setOutgoing({ ...entry, state: 'waiting', n: 0, epoch: 0, frame: null })
  }
}

function joiningDevices({ command }: Message): readonly DeviceOfUser[] {
  if (command.kind === 'create') return command.devices
  return command.kind === 'commit' ? command.addDevices : []
}

function isAsDeclared(
  staged: Extract<Processed, { kind: 'commit' }>,
  command: CommitCommand,
  message: Message,
): boolean {
  return (
    !staged.isExternal &&
    staged.epoch === command.epoch &&
    isOf(staged.committer, message) &&
    sameDevices(staged.added, command.addDevices) &&
    sameIds(
      staged.removed.map(({ device }) => device),
      command.removeDevices,
    )
  )
}

function isOf(leaf: DeviceOfUser, { sender, device }: Message): boolean {
  return leaf.user === sender && leaf.device === device
}

function sameDevices(a: readonly DeviceOfUser[], b: readonly DeviceOfUser[]): boolean {
  const name = ({ user, device }: DeviceOfUser) => `${user}/${device}`
  return sameIds(a.map(name), b.map(name))
}

function sameIds(a: readonly string[], b: readonly string[]): boolean {
  const all = new Set(a)
  return all.size === new Set(b).size && b.every((id) => all.has(id))
}

function withoutGone(
  { devices }: ConversationRecord,
  untrusted: readonly DeviceId[],
): readonly DeviceId[] {
  return untrusted.filter((device) => devices.some((leaf) => leaf.device === device))
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}

/** Whoever joins has not seen the message that named the group. */
function tellTitle(
  transaction: Transaction,
  { id: conversation, title }: ConversationRecord,
  platform: Platform,
): void {
  if (title === null) return
  const what = { kind: 'group-info', title } as const
  transaction.setOutgoing(newOutgoing(transaction, { conversation, what, platform }))
}

/** Undefined for what others have got wrong; what is wrong here goes up. */
function attempt<Value>(act: () => Value): Value | undefined {
  try {
    return act()
  } catch (error) {
    if (error instanceof E2eeError && !error.isFatal) return undefined
    throw error
  }
}

function ignoreOffline(error: unknown): void {
  if (!(error instanceof ParleyError)) throw error
}
