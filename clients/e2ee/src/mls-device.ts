import { type ConversationId, type DeviceId, isConversationId, type UserId } from '@parley/protocol'
import { verifyEd25519 } from './account-key.ts'
import { equalBytes, lengthPrefixed } from './bytes.ts'
import { decodeCredential, encodeCredential } from './credential.ts'
import { DeviceEntries } from './device-entries.ts'
import { E2eeError } from './e2ee-error.ts'
import { Engine, pastEpochsMax } from './engine.ts'
import { decodeEnvelope, type EnvelopeContent, encodeEnvelope } from './envelope.ts'
import { commitmentTo, frankingKeyBytes, messageAad, readMessageAad } from './franking.ts'
import { leafIdentity, membersOf } from './leaf-identity.ts'
import { decodeSignedMark, encodeSignedMark, type Mark, signedPart } from './mark.ts'
import { decodeContent, encodeContent, epochMarkOf } from './message-content.ts'
import { readMessageHead } from './message-head.ts'
import type { MlsModule } from './mls-module.ts'
import type {
  Change,
  CommitBundle,
  Entry,
  Group,
  GroupMember,
  KeyPackageFacts,
  OpenedWelcome,
  Processed,
  SealedMessage,
} from './mls-values.ts'
import { epochOfSealed, openWithSecret, sealWithSecret } from './sealed-signal.ts'
import { readStagedCommit } from './staged-commit.ts'

/** ML-KEM-768 and X25519, AES-256-GCM, Ed25519: secret also from a later quantum computer. */
export const defaultSuite = 0x004f
/** Of one conversation; its commits grow with it. */
export const groupDevicesMax = 32

export interface DeviceOptions {
  readonly module: MlsModule
  readonly user: UserId
  readonly device: DeviceId
  /** IANA number of the MLS cipher suite, `defaultSuite` when missing. */
  readonly suite?: number
}

type InConversation = { readonly conversation: ConversationId }

const noBytes = new Uint8Array()
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/**
 * The encryption state of one device: its keys and its MLS groups (RFC 9420), one per conversation.
 *
 * - Durability.  Nothing is durable until the caller has stored it. After each call that may change
 *                something, store all of `takeChanges` in one transaction with the rows that the call
 *                is about (outbox, decrypted message), and only then send. If that transaction fails,
 *                dispose the device and `open` it again from the stored entries.
 * - Atomicity.   A call that throws has changed nothing.
 * - Concurrency. Calls are synchronous but for signals and marks. One program at a time: two writers
 *                of one state use message keys twice.
 * - Errors.      `E2eeError`. `engine` and `storage` end this object.
 * - Caller's duty. Whether a leaf's device key belongs to its user is the caller's to check
 *                (`verifyDeviceKey`), before `createGroup`, `commit`, `applyStaged`, `acceptWelcome`.
 */
export class MlsDevice implements Disposable {
  readonly #engine: Engine
  readonly #entries: DeviceEntries
  readonly #device: DeviceId
  readonly #deviceKey: Uint8Array

  /** A new device with a new signature key. */
  static create(options: DeviceOptions): MlsDevice {
    const engine = engineOf(options)
    const deviceKey = engine.call((wasm) => wasm.createIdentity(encodeCredential(options)))
    return new MlsDevice(options, { engine, entries: new DeviceEntries(), deviceKey })
  }

  /** A device as its stored entries have it; `deviceKey` is the public one that `create` made. */
  static open(
    options: DeviceOptions & { readonly deviceKey: Uint8Array; readonly entries: Iterable<Entry> },
  ): MlsDevice {
    const engine = engineOf(options)
    const entries = new DeviceEntries()
    const { deviceKey } = options
    engine.call((wasm) => {
      for (const [key, value] of options.entries) {
        if (DeviceEntries.isKey(key)) entries.load([key, value])
        else wasm.load(key, value)
      }
      wasm.loadDone()
      wasm.useIdentity(encodeCredential(options), deviceKey)
    })
    return new MlsDevice(options, { engine, entries, deviceKey })
  }

  private constructor(
    { device }: DeviceOptions,
    state: { engine: Engine; entries: DeviceEntries; deviceKey: Uint8Array },
  ) {
    this.#device = device
    this.#engine = state.engine
    this.#entries = state.entries
    this.#deviceKey = state.deviceKey
  }

  /** The public signature key of this device, Ed25519, 32 bytes: for `signDeviceKey`. */
  get deviceKey(): Uint8Array {
    return this.#deviceKey.slice()
  }

  /** What has changed since the last call, for one transaction. */
  takeChanges(): readonly Change[] {
    return [...this.#engine.call((wasm) => wasm.takeChanges()), ...this.#entries.takeChanges()]
  }

  /** For others to add this device by, each once. Good for 28 days. */
  keyPackages(count: number): readonly Uint8Array[] {
    return Array.from({ length: count }, () => this.#engine.call((wasm) => wasm.keyPackage(false)))
  }

  /** One that may be used several times, when the others have run out. */
  lastResortKeyPackage(): Uint8Array {
    return this.#engine.call((wasm) => wasm.keyPackage(true))
  }

  /** Throws `bad-key-package` for one that is invalid, or out of date at `nowMs`. */
  inspectKeyPackage(keyPackage: Uint8Array, nowMs: number): KeyPackageFacts {
    const facts = this.#engine.call((wasm) => wasm.inspectKeyPackage(keyPackage))
    const notAfterMs = facts.notAfter * 1000
    if (notAfterMs <= nowMs) throw new E2eeError('bad-key-package', 'it is out of date')
    const { lastResort: isLastResort } = facts
    return { ...leafIdentity(facts, 'bad-key-package'), isLastResort, notAfterMs }
  }

  /**
   * A group with this device in it, and a pending commit that adds all others: they belong to the one
   * `create` command, whose epoch is `bundle.epoch + 1`.
   */
  createGroup({
    conversation,
    keyPackages,
  }: InConversation & { readonly keyPackages: readonly Uint8Array[] }): CommitBundle {
    if (this.hasGroup(conversation)) throw new E2eeError('group-exists', 'there is a group already')
    this.#engine.call((wasm) => wasm.createGroup(groupId(conversation)))
    try {
      return this.commit({ conversation, add: keyPackages })
    } catch (error) {
      if (!(error instanceof E2eeError && error.isFatal)) this.deleteGroup(conversation)
      throw error
    }
  }

  /** Without adds and removes it renews this device's own keys. */
  commit({
    conversation,
    add = [],
    remove = [],
  }: InConversation & {
    readonly add?: readonly Uint8Array[]
    readonly remove?: readonly DeviceId[]
  }): CommitBundle {
    const { epoch } = this.#writableGroup(conversation)
    const members = this.members(conversation)
    const added = add.map((keyPackage) => this.inspectKeyPackage(keyPackage, 0).device)
    const staying = members.filter(({ device }) => !remove.includes(device))
    const removed = members.filter(({ device }) => remove.includes(device))
    if (removed.length !== new Set(remove).size || remove.includes(this.#device))
      throw new E2eeError('bad-input', 'only other members can be removed')
    const after = [...staying.map(({ device }) => device), ...added]
    if (new Set(after).size !== after.length)
      throw new E2eeError('bad-key-package', 'adds a device twice')
    if (after.length > groupDevicesMax) throw new E2eeError('group-full', 'too many devices')
    const leaves = removed.map(({ leaf }) => leaf)
    const bundle = this.#engine.call((wasm) =>
      wasm.commit(groupId(conversation), [...add], leaves, undefined, noBytes),
    )
    return { epoch, ...bundle, added, removed: removed.map(({ device }) => device) }
  }

  /** The pending commit was accepted. */
  mergePending(conversation: ConversationId): void {
    if (!this.group(conversation).hasPendingCommit)
      throw new E2eeError('nothing-staged', 'no commit is pending')
    this.#engine.call((wasm) => wasm.mergePending(groupId(conversation)))
    this.#noteEpoch(conversation)
  }

  /** The pending commit was refused. A group that was being created is kept: delete it. */
  clearPending(conversation: ConversationId): void {
    this.#engine.call((wasm) => wasm.clearPending(groupId(conversation)))
  }

  /** Forgets all keys of the conversation. No fault when there is none. */
  deleteGroup(conversation: ConversationId): void {
    if (this.hasGroup(conversation))
      this.#engine.call((wasm) => wasm.deleteGroup(groupId(conversation)))
    this.#entries.forget(conversation)
  }

  hasGroup(conversation: ConversationId): boolean {
    return this.#engine.call((wasm) => wasm.hasGroup(groupId(conversation)))
  }

  group(conversation: ConversationId): Group {
    const group = this.#engine.call((wasm) => wasm.group(groupId(conversation)))
    const { epoch, active: isActive, pendingCommit: hasPendingCommit, epochAuthenticator } = group
    return { epoch, isActive, hasPendingCommit, epochAuthenticator }
  }

  /** In the order of their leaves. */
  members(conversation: ConversationId): readonly GroupMember[] {
    return membersOf(
      this.#engine.call((wasm) => wasm.members(groupId(conversation))),
      'storage',
    )
  }

  /** Throws `pending-commit` while one waits: an accepted commit would make it unreadable. */
  seal({
    conversation,
    content,
  }: InConversation & { readonly content: EnvelopeContent }): SealedMessage {
    const { epoch, epochAuthenticator } = this.#writableGroup(conversation)
    const frankingKey = crypto.getRandomValues(new Uint8Array(frankingKeyBytes))
    const envelope = encodeEnvelope(content, frankingKey)
    const commitment = commitmentTo(envelope, frankingKey)
    const plaintext = encodeContent({ epochMark: epochMarkOf(epochAuthenticator), envelope })
    const aad = messageAad(conversation, commitment)
    const ciphertext = this.#engine.call((wasm) =>
      wasm.encrypt(groupId(conversation), plaintext, aad),
    )
    const generation = this.#entries.countSeal(conversation, epoch)
    return { epoch, generation, ciphertext, commitment }
  }

  /** Decrypts a message, or stages a commit. Both are MLS messages, as they came. */
  process({ conversation, message }: InConversation & { readonly message: Uint8Array }): Processed {
    const head = readMessageHead(message)
    if (decoder.decode(head.groupId) !== conversation)
      throw new E2eeError('rejected', 'of another conversation')
    const { epoch, isActive } = this.group(conversation)
    if (!isActive) throw new E2eeError('inactive', 'this device was removed')
    if (head.epoch > epoch) return { kind: 'future-epoch', epoch: head.epoch }
    const oldest = head.isHandshake ? epoch : epoch - pastEpochsMax
    if (head.epoch < oldest) return { kind: 'past-epoch', epoch: head.epoch }
    return this.#readProcessed(conversation, message)
  }

  applyStaged(conversation: ConversationId): void {
    this.#engine.call((wasm) => wasm.applyStaged(groupId(conversation)))
    this.#noteEpoch(conversation)
  }

  dropStaged(conversation: ConversationId): void {
    this.#engine.call((wasm) => wasm.dropStaged(groupId(conversation)))
  }

  /** Checks it. A refused or dropped Welcome leaves the key package usable. */
  openWelcome({
    welcome,
    tree,
  }: {
    readonly welcome: Uint8Array
    readonly tree: Uint8Array
  }): OpenedWelcome {
    const view = this.#engine.call((wasm) => wasm.openWelcome(welcome, tree))
    try {
      const conversation = decoder.decode(view.groupId)
      if (!isConversationId(conversation))
        throw new E2eeError('bad-welcome', 'the group is no conversation')
      if (this.hasGroup(conversation) && this.group(conversation).isActive)
        throw new E2eeError('group-exists', 'this device is in the group already')
      const sender = leafIdentity(
        { identity: view.senderIdentity, signatureKey: view.senderKey },
        'bad-welcome',
      )
      const members = membersOf(view.members, 'bad-welcome')
      return { handle: view.handle, conversation, epoch: view.epoch, sender, members }
    } catch (error) {
      this.dropWelcome(view.handle)
      throw error
    }
  }

  acceptWelcome(handle: number): ConversationId {
    const id = this.#engine.call((wasm) => wasm.acceptWelcome(handle))
    const conversation = decoder.decode(id) as ConversationId
    this.#noteEpoch(conversation)
    return conversation
  }

  dropWelcome(handle: number): void {
    this.#engine.call((wasm) => wasm.dropWelcome(handle))
  }

  /** RFC 9420, section 8.5. Labels begin with `parley/`. */
  exportSecret({
    conversation,
    label,
    context,
    bytes,
  }: InConversation & {
    readonly label: string
    readonly context: Uint8Array
    readonly bytes: number
  }): Uint8Array {
    return this.#engine.call((wasm) =>
      wasm.exportSecret(groupId(conversation), label, context, bytes),
    )
  }

  /** Encrypts something ephemeral, such as typing, for the members of now; takes no ratchet step. */
  sealSignal(input: InConversation & { readonly payload: Uint8Array }): Promise<Uint8Array> {
    return this.#sealBeside('parley/signal/1', input)
  }

  /** `device` as the server names it. Undefined when it cannot be opened: of another epoch, false. */
  openSignal(
    input: InConversation & { readonly device: DeviceId; readonly sealed: Uint8Array },
  ): Promise<Uint8Array | undefined> {
    return this.#openBeside('parley/signal/1', input)
  }

  /** Sealed for the members, and signed by this device. */
  sealMark({ conversation, mark }: InConversation & { readonly mark: Mark }): Promise<Uint8Array> {
    const signed = signedPart({ conversation, device: this.#device }, mark)
    const signature = this.#engine.call((wasm) => wasm.sign(signed))
    const payload = encodeSignedMark({ mark, signature })
    return this.#sealBeside('parley/mark/1', { conversation, payload })
  }

  /** Undefined when it cannot be opened, or was not made by this device of a member of now. */
  async openMark(
    input: InConversation & { readonly device: DeviceId; readonly sealed: Uint8Array },
  ): Promise<(Mark & { readonly user: UserId }) | undefined> {
    const { conversation, device } = input
    const payload = await this.#openBeside('parley/mark/1', input)
    const signed = payload === undefined ? undefined : decodeSignedMark(payload)
    if (signed === undefined || !this.hasGroup(conversation)) return undefined
    const member = this.members(conversation).find((other) => other.device === device)
    if (member === undefined) return undefined
    const part = signedPart({ conversation, device }, signed.mark)
    const isGenuine = await verifyEd25519(member.deviceKey, part, signed.signature)
    return isGenuine ? { ...signed.mark, user: member.user } : undefined
  }

  /** Encrypts a few bytes, such as an account's seed, for the holder of `deviceKey` alone. */
  sealForDevice({
    purpose,
    deviceKey,
    secret,
  }: {
    readonly purpose: string
    readonly deviceKey: Uint8Array
    readonly secret: Uint8Array
  }): Uint8Array {
    return this.#engine.call((wasm) => wasm.sealForKey(deviceKey, encoder.encode(purpose), secret))
  }

  /** Opens what `sealForDevice` has made for this device's key. It says nothing about who did. */
  openForDevice({
    purpose,
    sealed,
  }: {
    readonly purpose: string
    readonly sealed: Uint8Array
  }): Uint8Array {
    return this.#engine.call((wasm) => wasm.openForKey(encoder.encode(purpose), sealed))
  }

  [Symbol.dispose](): void {
    this.#engine[Symbol.dispose]()
  }

  #writableGroup(conversation: ConversationId): Group {
    const group = this.group(conversation)
    if (!group.isActive) throw new E2eeError('inactive', 'this device was removed')
    if (group.hasPendingCommit)
      throw new E2eeError('pending-commit', 'a commit waits for its answer')
    return group
  }

  #readProcessed(conversation: ConversationId, message: Uint8Array): Processed {
    const id = groupId(conversation)
    const processed = this.#engine.call((wasm) => wasm.process(id, message))
    const { epoch } = processed
    switch (processed.kind) {
      case 'own-pending-commit':
      case 'own-message':
        return { kind: processed.kind, epoch }
      case 'application':
        return this.#readApplication(conversation, processed)
      case 'commit':
        return this.#orDropStaged(conversation, () =>
          readStagedCommit(processed, this.members(conversation)),
        )
      case 'proposal':
        return this.#orDropStaged(conversation, () => {
          throw new E2eeError('rejected', 'proposals on their own are not in use')
        })
    }
  }

  #readApplication(
    conversation: ConversationId,
    message: {
      epoch: number
      plaintext: Uint8Array
      aad: Uint8Array
      senderIdentity: Uint8Array | null
    },
  ): Processed {
    const { epoch } = message
    const sender = decodeCredential(message.senderIdentity ?? noBytes)
    if (sender === undefined) throw new E2eeError('storage', 'a member with a foreign credential')
    const commitment = readMessageAad(conversation, message.aad)
    const content = decodeContent(message.plaintext)
    const damaged: Processed = { kind: 'damaged', sender, epoch }
    if (commitment === undefined || content === undefined) return damaged
    try {
      const envelope = decodeEnvelope(content.envelope)
      if (!equalBytes(commitmentTo(content.envelope, envelope.frankingKey), commitment))
        return damaged
      const known = this.#entries.epoch(conversation, epoch)
      const isFork = known !== undefined && !equalBytes(known.epochMark, content.epochMark)
      return { kind: 'application', sender, epoch, envelope, isFork, commitment }
    } catch {
      return damaged
    }
  }

  #orDropStaged(conversation: ConversationId, read: () => Processed): Processed {
    try {
      return read()
    } catch (error) {
      this.dropStaged(conversation)
      throw error
    }
  }

  /** The group is in a new epoch: keeps what signals and fork checks of it need. */
  #noteEpoch(conversation: ConversationId): void {
    const { epoch, isActive, epochAuthenticator } = this.group(conversation)
    if (!isActive) return
    const signalSecret = this.exportSecret({
      conversation,
      label: 'parley/signal',
      context: noBytes,
      bytes: 32,
    })
    const facts = { signalSecret, epochMark: epochMarkOf(epochAuthenticator) }
    this.#entries.enterEpoch(conversation, { epoch, oldestKept: epoch - pastEpochsMax, facts })
  }

  async #sealBeside(
    purpose: string,
    { conversation, payload }: InConversation & { readonly payload: Uint8Array },
  ): Promise<Uint8Array> {
    const { epoch, isActive } = this.group(conversation)
    const facts = this.#entries.epoch(conversation, epoch)
    if (!isActive || facts === undefined) throw new E2eeError('inactive', 'not in the group')
    const aad = lengthPrefixed(purpose, conversation, this.#device)
    return sealWithSecret({ epoch, secret: facts.signalSecret, aad }, payload)
  }

  async #openBeside(
    purpose: string,
    {
      conversation,
      device,
      sealed,
    }: InConversation & { readonly device: DeviceId; readonly sealed: Uint8Array },
  ): Promise<Uint8Array | undefined> {
    const epoch = epochOfSealed(sealed)
    const facts = epoch === undefined ? undefined : this.#entries.epoch(conversation, epoch)
    if (epoch === undefined || facts === undefined) return undefined
    const aad = lengthPrefixed(purpose, conversation, device)
    return openWithSecret({ epoch, secret: facts.signalSecret, aad }, sealed)
  }
}

function engineOf({ module, suite = defaultSuite }: DeviceOptions): Engine {
  return new Engine({ module, suite })
}

/** The conversation's id, as text, names its MLS group. */
function groupId(conversation: ConversationId): Uint8Array {
  return encoder.encode(conversation)
}
