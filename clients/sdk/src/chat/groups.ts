import { type CommitBundle, defaultSuite } from '@parley/e2ee'
import {
  accountRoutes,
  type Command,
  type ConversationId,
  chatRoutes,
  type DeviceId,
  type DeviceOfUser,
  directConversationId,
  encodeCommandBlob,
  type Handshake,
  limits,
  newConversationId,
  type UserId,
} from '@parley/protocol'
import { type Api, bytesOf } from '../net/api.ts'
import { ParleyError } from '../parley-error.ts'
import type { Platform } from '../platform.ts'
import type { LocalState } from '../state/local-state.ts'
import type { ConversationRecord, Wish } from '../state/records.ts'
import type { Directory } from './directory.ts'
import { newConversation } from './log-state.ts'
import { isCaughtUp, newOutgoing, numbered } from './outgoing.ts'
import type { Waiters } from './waiters.ts'

export interface GroupsOptions {
  readonly state: LocalState
  readonly api: Api
  readonly platform: Platform
  readonly directory: Directory
  readonly waiters: Waiters
  readonly pump: (conversation: ConversationId) => void
}

interface ClaimedPackage extends DeviceOfUser {
  readonly keyPackage: Uint8Array
}

/** What the next commit would do. */
interface Plan {
  readonly addUsers: readonly UserId[]
  readonly removeUsers: readonly UserId[]
  /** Besides those of added users. */
  readonly addDevices: readonly DeviceOfUser[]
  readonly removeDevices: readonly DeviceId[]
}

/** Until a new device is asked for key packages again. */
const packagesMs = 700
const minuteMs = 60_000
const attemptsPerMinute = 8

export const wishKey = (conversation: ConversationId): string => `wish/${conversation}`

/**
 * Makes conversations, and changes who is in them. What is wanted is stored as a wish; commits are
 * made from it for the epoch of now, and made again when another one was quicker.
 */
export class Groups {
  readonly #options: GroupsOptions
  readonly #pursuing = new Set<ConversationId>()
  readonly #pursueAgain = new Set<ConversationId>()
  readonly #attempts = new Map<ConversationId, number[]>()
  /** Claimed for an attempt that lost: claiming again would cost another one. */
  readonly #claimed = new Map<ConversationId, readonly ClaimedPackage[]>()

  constructor(options: GroupsOptions) {
    this.#options = options
  }

  /** Resolves with the id once the server knows the conversation, made by whom of the two ever. */
  async openDirect(peer: UserId): Promise<ConversationId> {
    const { state } = this.#options
    const own = this.#own.user
    const conversation = directConversationId(own, peer)
    const known = state.conversations.get(conversation)
    if (known === undefined) await this.#create({ conversation, kind: 'direct', members: [peer] })
    else if (known.standing === 'creating') await this.#awaitCreation(conversation)
    return conversation
  }

  async createGroup(title: string, members: readonly UserId[]): Promise<ConversationId> {
    const { platform } = this.#options
    const random = new DataView(new Uint8Array(platform.random.bytes(8)).buffer).getBigUint64(0)
    const atMs = Math.floor(platform.clock.nowMs())
    const cell = Number.parseInt(this.#own.user.slice(15, 18), 16) >> 2
    const conversation = newConversationId({ atMs, cell, random })
    const others = members.filter((user) => user !== this.#own.user)
    await this.#create({ conversation, kind: 'group', members: [...new Set(others)], title })
    return conversation
  }

  /** Resolves when it is so. */
  async wish(conversation: ConversationId, wish: Wish): Promise<void> {
    const { state, waiters, pump } = this.#options
    const done = waiters.wait(wishKey(conversation))
    await state.transact((transaction) => {
      const record = transaction.conversation(conversation)
      if (record?.standing !== 'member') throw new ParleyError('not-a-member')
      transaction.change(conversation, { wishes: [...record.wishes, wish] })
    })
    pump(conversation)
    await done
  }

  /** Another device of this account comes into every conversation; does not wait for it. */
  async wishDevice(device: DeviceId): Promise<void> {
    const { state, pump } = this.#options
    const { user } = this.#own
    const devices = [{ user, device }]
    const conversations = await state.transact((transaction) => {
      const all = [...state.conversations.values()].filter(({ standing }) => standing === 'member')
      for (const { id, wishes } of all)
        transaction.change(id, { wishes: [...wishes, { kind: 'add-devices', devices }] })
      return all.map(({ id }) => id)
    })
    for (const conversation of conversations) pump(conversation)
  }

  /** Brings about what is wanted, and what is due: devices that must go before anything is sent. */
  pursue(conversation: ConversationId): void {
    if (this.#pursuing.has(conversation)) {
      // What is under way may have looked already, and found that it cannot go on.
      this.#pursueAgain.add(conversation)
      return
    }
    this.#pursuing.add(conversation)
    this.#pursueOnce(conversation)
      .catch((error: unknown) => this.#giveUp(conversation, error))
      // The client is being closed: what is wanted is stored, and pursued after the next start.
      .catch(() => {})
      .finally(() => {
        this.#pursuing.delete(conversation)
        if (this.#pursueAgain.delete(conversation)) this.#options.pump(conversation)
      })
  }

  get #own() {
    const { account } = this.#options.state
    if (account === undefined) throw new ParleyError('signed-out')
    if (account.setup === 'pending' || account.setup === 'keys')
      throw new ParleyError('device-pending')
    return account
  }

  async #create({
    conversation,
    kind,
    members,
    title,
  }: {
    conversation: ConversationId
    kind: 'direct' | 'group'
    members: readonly UserId[]
    title?: string
  }): Promise<void> {
    const { state, waiters, platform, pump } = this.#options
    const { user, device } = this.#own
    await state.ensureMls()
    const packages = await this.#claim([...new Set([...members, user])])
    for (const member of members)
      if (!packages.some((each) => each.user === member))
        throw new ParleyError('no-device', 'somebody has no device that could be reached')
    const bundle = await state.transact((transaction) => {
      const keyPackages = packages.map(({ keyPackage }) => keyPackage)
      if (transaction.conversation(conversation) !== undefined) return undefined
      transaction.mls.deleteGroup(conversation)
      return transaction.mls.createGroup({ conversation, keyPackages })
    })
    if (bundle === undefined) return
    const leaves = [{ user, device }, ...packages.map(({ keyPackage: _, ...leaf }) => leaf)]
    const command: Command = {
      kind: 'create',
      conversationKind: kind,
      encryption: 'mls',
      members,
      devices: leaves,
      suite: defaultSuite,
      epoch: bundle.epoch + 1,
    }
    const sealed = await this.#carried(command, new Uint8Array(), bundle)
    const created = await state.transact((transaction) => {
      if (transaction.conversation(conversation) !== undefined) return undefined
      const nowMs = platform.clock.nowMs()
      const record: ConversationRecord = {
        ...newConversation(conversation, kind),
        standing: 'creating',
        role: 'owner',
        suite: defaultSuite,
        members: [user, ...members].map((each) => ({
          user: each,
          role: 'owner',
          fromSeq: 1,
          changedSeq: 1,
        })),
        devices: leaves,
        title: title ?? null,
        lastActivityMs: nowMs,
      }
      transaction.setConversation(record)
      const options = { conversation, platform }
      const create = newOutgoing(transaction, { ...options, what: { kind: 'create' } })
      const entry = numbered(transaction, record, create, sealed)
      transaction.setOutgoing(entry)
      if (title !== undefined)
        transaction.setOutgoing(
          newOutgoing(transaction, { ...options, what: { kind: 'group-info', title } }),
        )
      return entry.id
    })
    if (created === undefined) return
    const done = waiters.wait(created)
    pump(conversation)
    await done.catch((error: unknown) => {
      // The other one has made it at the same moment: it is the same conversation.
      if (!(error instanceof ParleyError) || error.code !== 'already-exists') throw error
    })
  }

  async #awaitCreation(conversation: ConversationId): Promise<void> {
    const { state, waiters, pump } = this.#options
    const entry = state.outbox.get(conversation)?.find(({ what }) => what.kind === 'create')
    if (entry === undefined) return
    const done = waiters.wait(entry.id)
    pump(conversation)
    await done
  }

  async #pursueOnce(conversation: ConversationId): Promise<void> {
    const { state, platform, pump } = this.#options
    await this.#waitForTurn(conversation)
    const before = state.conversations.get(conversation)
    if (before?.standing !== 'member' || !isCaughtUp(before) || this.#isBusy(conversation)) return
    if (before.untrusted.length > 0) await this.#askForKeys(before)
    const plan = planFor(state.conversations.get(conversation) ?? before)
    if (isEmpty(plan)) return await this.#fulfil(conversation)
    const packages = await this.#packagesFor(conversation, plan)
    for (const user of plan.addUsers)
      if (!packages.some((each) => each.user === user)) throw new ParleyError('no-device')
    if (packages.length === 0 && plan.removeDevices.length === 0) {
      // A device that was let in a moment ago has not published any yet.
      platform.clock.after(packagesMs, () => pump(conversation))
      return
    }
    const bundle = await state.transact((transaction) => {
      const record = transaction.conversation(conversation)
      if (record?.standing !== 'member' || this.#isBusy(conversation)) return undefined
      if (record.logSeq !== before.logSeq || record.isForked) return undefined
      return transaction.mls.commit({
        conversation,
        add: packages.map(({ keyPackage }) => keyPackage),
        remove: plan.removeDevices,
      })
    })
    if (bundle === undefined) return
    try {
      await this.#offer(conversation, { bundle, plan, packages })
    } catch (error) {
      await this.clearStray(conversation)
      throw error
    }
    pump(conversation)
  }

  /** A commit that was made, and then not put into the outbox, must not stay pending. */
  async clearStray(conversation: ConversationId): Promise<void> {
    await this.#options.state.transact(({ mls }) => {
      if (!mls.hasGroup(conversation) || this.#isBusy(conversation)) return
      if (mls.group(conversation).hasPendingCommit) mls.clearPending(conversation)
    })
  }

  async #offer(
    conversation: ConversationId,
    {
      bundle,
      plan,
      packages,
    }: { bundle: CommitBundle; plan: Plan; packages: readonly ClaimedPackage[] },
  ): Promise<void> {
    const { state, platform } = this.#options
    const addDevices = packages.map(({ keyPackage: _, ...leaf }) => leaf)
    const { addUsers, removeUsers, removeDevices } = plan
    const change = { addUsers, removeUsers, addDevices, removeDevices }
    const command: Command = { kind: 'commit', epoch: bundle.epoch, ...change }
    const sealed = await this.#carried(command, bundle.commit, bundle)
    await state.transact((transaction) => {
      const record = transaction.conversation(conversation)
      const { mls } = transaction
      if (!mls.hasGroup(conversation)) return
      const group = mls.group(conversation)
      if (!group.hasPendingCommit || group.epoch !== bundle.epoch || record === undefined) return
      const what = { kind: 'commit' } as const
      const entry = newOutgoing(transaction, { conversation, platform, what })
      transaction.setOutgoing(numbered(transaction, record, entry, sealed))
    })
  }

  /** Wishes that have come true are none any more. */
  async #fulfil(conversation: ConversationId): Promise<void> {
    const { state, waiters } = this.#options
    await state.transact((transaction) => {
      const record = transaction.conversation(conversation)
      if (record === undefined || !isEmpty(planFor(record))) return
      if (record.wishes.length > 0) transaction.change(conversation, { wishes: [] })
    })
    this.#claimed.delete(conversation)
    waiters.settle(wishKey(conversation))
  }

  async #giveUp(conversation: ConversationId, error: unknown): Promise<void> {
    const { state, waiters, platform, pump } = this.#options
    const isForLater =
      !(error instanceof ParleyError) || ['offline', 'rate', 'overloaded'].includes(error.code)
    if (isForLater) {
      platform.clock.after(2_000, () => pump(conversation))
      return
    }
    await state.transact((transaction) => {
      transaction.change(conversation, { wishes: [] })
    })
    waiters.settle(wishKey(conversation), error)
  }

  /** Something is on its way, or a commit is pending: this has to be answered first. */
  #isBusy(conversation: ConversationId): boolean {
    const entries = this.#options.state.outbox.get(conversation) ?? []
    return entries.some(({ state }) => state === 'sealed')
  }

  async #waitForTurn(conversation: ConversationId): Promise<void> {
    const { clock, random } = this.#options.platform
    const nowMs = clock.nowMs()
    const recent = (this.#attempts.get(conversation) ?? []).filter((at) => at > nowMs - minuteMs)
    this.#attempts.set(conversation, [...recent, nowMs])
    if (recent.length === 0) return
    const isTooOften = recent.length >= attemptsPerMinute
    const delayMs = isTooOften ? minuteMs / attemptsPerMinute : 50 + 450 * random.fraction()
    const { promise, resolve } = Promise.withResolvers<void>()
    using _ = clock.after(delayMs, resolve)
    await promise
  }

  /** Perhaps their keys could only not be read when they came in. */
  async #askForKeys({ id: conversation, devices, untrusted }: ConversationRecord): Promise<void> {
    const { state, directory } = this.#options
    const users = devices.filter(({ device }) => untrusted.includes(device))
    await directory.readKeys(users.map(({ user }) => user))
    await state.transact((transaction) => {
      const leaves = transaction.mls.members(conversation)
      const still = untrusted.filter((device) =>
        leaves.some((leaf) => leaf.device === device && !directory.vouchesFor(leaf, transaction)),
      )
      if (still.length < untrusted.length) transaction.change(conversation, { untrusted: still })
    })
  }

  async #packagesFor(conversation: ConversationId, plan: Plan): Promise<readonly ClaimedPackage[]> {
    const { addUsers, addDevices } = plan
    if (addUsers.length === 0 && addDevices.length === 0) return []
    const isWanted = ({ user, device }: DeviceOfUser) =>
      addUsers.includes(user) || addDevices.some((leaf) => leaf.device === device)
    const kept = this.#claimed.get(conversation)?.filter(isWanted) ?? []
    const isComplete =
      addUsers.every((user) => kept.some((each) => each.user === user)) &&
      addDevices.every(({ device }) => kept.some((each) => each.device === device))
    if (isComplete) return kept
    const fresh = [
      ...(addUsers.length === 0 ? [] : await this.#claim(addUsers)),
      ...(addDevices.length === 0
        ? []
        : await this.#claim(
            [...new Set(addDevices.map(({ user }) => user))],
            addDevices.map(({ device }) => device),
          )),
    ]
    this.#claimed.set(conversation, fresh)
    return fresh
  }

  /** One key package for each device of these users; what nobody vouches for is left out. */
  async #claim(
    users: readonly UserId[],
    devices?: readonly DeviceId[],
  ): Promise<readonly ClaimedPackage[]> {
    const { api, directory, state, platform } = this.#options
    await directory.readKeys(users)
    for (const user of users)
      if (directory.hasChangedKey(user)) throw new ParleyError('key-changed')
    const claimed: ClaimedPackage[] = []
    for (let at = 0; at < users.length; at += limits.keyPackagesPerClaim) {
      const some = users.slice(at, at + limits.keyPackagesPerClaim)
      const { keyPackages } = await api.call(accountRoutes.claimKeyPackages, {
        body: { suite: defaultSuite, users: some, ...(devices === undefined ? {} : { devices }) },
      })
      for (const each of keyPackages)
        claimed.push({ ...each, keyPackage: bytesOf(each.keyPackage) })
    }
    const nowMs = platform.clock.nowMs()
    return await state.exclusive(async () =>
      claimed.filter(({ user, device, keyPackage }) => {
        try {
          const facts = state.mls.inspectKeyPackage(keyPackage, nowMs)
          const isTheirs = facts.user === user && facts.device === device
          return isTheirs && directory.vouchesFor(facts)
        } catch {
          return false
        }
      }),
    )
  }

  /** In the command itself, or uploaded and named when it is too large for that. */
  async #carried(
    command: Command,
    body: Uint8Array,
    { welcome, tree, groupInfo }: CommitBundle,
  ): Promise<{ command: Command; body: Uint8Array; handshake?: Handshake }> {
    const empty = new Uint8Array()
    const handshake: Handshake | undefined =
      welcome === null ? undefined : { welcome, tree, groupInfo: groupInfo ?? empty }
    const bytes =
      body.length + (welcome?.length ?? 0) + tree.length + (groupInfo?.length ?? 0) + 8_192
    const isSmall = bytes <= limits.commandInlineBytesMax
    if (isSmall) return { command, body, ...(handshake === undefined ? {} : { handshake }) }
    const blob = encodeCommandBlob({ body, handshake })
    const { hash } = await this.#options.api.call(chatRoutes.putCommandBlob, { bytes: blob })
    return { command: { ...command, blob: bytesOf(hash) } as Command, body: empty }
  }
}

function planFor({ wishes, members, devices, pendingRemovals }: ConversationRecord): Plan {
  const isMember = (user: UserId) => members.some((member) => member.user === user)
  const hasLeaf = (device: DeviceId) => devices.some((leaf) => leaf.device === device)
  const addUsers = new Set<UserId>()
  const removeUsers = new Set<UserId>()
  const addDevices: DeviceOfUser[] = []
  for (const wish of wishes)
    if (wish.kind === 'add-users') {
      for (const user of wish.users) if (!isMember(user)) addUsers.add(user)
    } else if (wish.kind === 'remove-users') {
      for (const user of wish.users) if (isMember(user)) removeUsers.add(user)
    } else
      for (const leaf of wish.devices)
        if (isMember(leaf.user) && !hasLeaf(leaf.device)) addDevices.push(leaf)
  const removed = devices.filter(({ user }) => removeUsers.has(user)).map(({ device }) => device)
  return {
    addUsers: [...addUsers],
    removeUsers: [...removeUsers],
    addDevices,
    removeDevices: [...new Set([...pendingRemovals.filter(hasLeaf), ...removed])],
  }
}

function isEmpty({ addUsers, removeUsers, addDevices, removeDevices }: Plan): boolean {
  return addUsers.length + removeUsers.length + addDevices.length + removeDevices.length === 0
}
