import type { ConversationId, DeviceId, UserId } from '@parley/protocol'
import { E2eeError } from './e2ee-error.ts'
import type { EnvelopeContent } from './envelope.ts'
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

/** ML-KEM-768 and X25519, AES-256-GCM, Ed25519: secret also from a later quantum computer. */
export const defaultSuite = 0x004f

export interface DeviceOptions {
  readonly module: MlsModule
  readonly user: UserId
  readonly device: DeviceId
  /** IANA number of the MLS cipher suite, `defaultSuite` when missing. */
  readonly suite?: number
}

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
  /** A new device with a new signature key. */
  static create(options: DeviceOptions): MlsDevice {
    throw notYet(options)
  }

  /** A device as its stored entries have it; `deviceKey` is the public one that `create` made. */
  static open(
    options: DeviceOptions & { readonly deviceKey: Uint8Array; readonly entries: Iterable<Entry> },
  ): MlsDevice {
    throw notYet(options)
  }

  /** The public signature key of this device, Ed25519, 32 bytes: for `signDeviceKey`. */
  get deviceKey(): Uint8Array {
    throw notYet()
  }

  /** What has changed since the last call, for one transaction. */
  takeChanges(): readonly Change[] {
    throw notYet()
  }

  /** For others to add this device by, each once. Good for 28 days. */
  keyPackages(count: number): readonly Uint8Array[] {
    throw notYet(count)
  }

  /** One that may be used several times, when the others have run out. */
  lastResortKeyPackage(): Uint8Array {
    throw notYet()
  }

  /** Throws `bad-key-package` for one that is invalid, or out of date at `nowMs`. */
  inspectKeyPackage(keyPackage: Uint8Array, nowMs: number): KeyPackageFacts {
    throw notYet(keyPackage, nowMs)
  }

  /**
   * A group with this device in it, and a pending commit that adds all others: they belong to the one
   * `create` command, whose epoch is `bundle.epoch + 1`.
   */
  createGroup(input: {
    readonly conversation: ConversationId
    readonly keyPackages: readonly Uint8Array[]
  }): CommitBundle {
    throw notYet(input)
  }

  /** Without adds and removes it renews this device's own keys. */
  commit(input: {
    readonly conversation: ConversationId
    readonly add?: readonly Uint8Array[]
    readonly remove?: readonly DeviceId[]
  }): CommitBundle {
    throw notYet(input)
  }

  /** The pending commit was accepted. */
  mergePending(conversation: ConversationId): void {
    throw notYet(conversation)
  }

  /** The pending commit was refused. */
  clearPending(conversation: ConversationId): void {
    throw notYet(conversation)
  }

  /** Forgets all keys of the conversation. No fault when there is none. */
  deleteGroup(conversation: ConversationId): void {
    throw notYet(conversation)
  }

  hasGroup(conversation: ConversationId): boolean {
    throw notYet(conversation)
  }

  group(conversation: ConversationId): Group {
    throw notYet(conversation)
  }

  /** In the order of their leaves. */
  members(conversation: ConversationId): readonly GroupMember[] {
    throw notYet(conversation)
  }

  /** Throws `pending-commit` while one waits: an accepted commit would make it unreadable. */
  seal(input: {
    readonly conversation: ConversationId
    readonly content: EnvelopeContent
  }): SealedMessage {
    throw notYet(input)
  }

  /** Decrypts a message, or stages a commit. Both are MLS messages, as they came. */
  process(input: {
    readonly conversation: ConversationId
    readonly message: Uint8Array
  }): Processed {
    throw notYet(input)
  }

  applyStaged(conversation: ConversationId): void {
    throw notYet(conversation)
  }

  dropStaged(conversation: ConversationId): void {
    throw notYet(conversation)
  }

  /** Checks it. A refused or dropped Welcome leaves the key package usable. */
  openWelcome(input: { readonly welcome: Uint8Array; readonly tree: Uint8Array }): OpenedWelcome {
    throw notYet(input)
  }

  acceptWelcome(handle: number): ConversationId {
    throw notYet(handle)
  }

  dropWelcome(handle: number): void {
    throw notYet(handle)
  }

  /** RFC 9420, section 8.5. Labels begin with `parley/`. */
  exportSecret(input: {
    readonly conversation: ConversationId
    readonly label: string
    readonly context: Uint8Array
    readonly bytes: number
  }): Uint8Array {
    throw notYet(input)
  }

  /** Encrypts something ephemeral, such as typing, for the members of now; takes no ratchet step. */
  async sealSignal(input: {
    readonly conversation: ConversationId
    readonly payload: Uint8Array
  }): Promise<Uint8Array> {
    throw notYet(input)
  }

  /** `device` as the server names it. Undefined when it cannot be opened: of another epoch, false. */
  async openSignal(input: {
    readonly conversation: ConversationId
    readonly device: DeviceId
    readonly sealed: Uint8Array
  }): Promise<Uint8Array | undefined> {
    throw notYet(input)
  }

  /** How far this device's user has received and read: sealed, and signed by the device. */
  async sealMark(input: {
    readonly conversation: ConversationId
    readonly mark: Mark
  }): Promise<Uint8Array> {
    throw notYet(input)
  }

  /** Undefined when it cannot be opened, or was not made by this device of a member. */
  async openMark(input: {
    readonly conversation: ConversationId
    readonly device: DeviceId
    readonly sealed: Uint8Array
  }): Promise<(Mark & { readonly user: UserId }) | undefined> {
    throw notYet(input)
  }

  /** Opens what `sealForDevice` has made for this device's key. Throws `rejected`. */
  openForDevice(input: { readonly purpose: string; readonly sealed: Uint8Array }): Uint8Array {
    throw notYet(input)
  }

  /** Encrypts a few bytes, such as an account's seed, for the holder of `deviceKey` alone. */
  sealForDevice(input: {
    readonly purpose: string
    readonly deviceKey: Uint8Array
    readonly secret: Uint8Array
  }): Uint8Array {
    throw notYet(input)
  }

  [Symbol.dispose](): void {}
}

export interface Mark {
  /** Rises with every mark of the device in the conversation. */
  readonly version: number
  readonly deliveredSeq: number
  readonly readSeq: number
}

function notYet(..._input: readonly unknown[]): E2eeError {
  return new E2eeError('engine', 'this part is not here yet')
}
