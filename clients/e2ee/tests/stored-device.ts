import assert from 'node:assert/strict'
import {
  type ConversationId,
  type DeviceId,
  newConversationId,
  newDeviceId,
  newUserId,
  type UserId,
} from '@parley/protocol'
import { readMlsModule } from '../node/read-module.node.ts'
import type { CommitBundle, Entry, EnvelopeContent, MlsModule, Processed } from '../src/index.ts'
import { E2eeError, type E2eeErrorCode, MlsDevice } from '../src/index.ts'

export const mlsModule: MlsModule = await readMlsModule()

let made = 0n
const idParts = () => {
  made += 1n
  return { atMs: 1_700_000_000_000, cell: 0, random: made }
}
export const someUser = () => newUserId(idParts())
export const someConversation = () => newConversationId(idParts())

/** A device and the store that a program would have: `save` is its one transaction. */
export class StoredDevice implements Disposable {
  readonly user: UserId
  readonly id: DeviceId
  #entries = new Map<string, Uint8Array>()
  #entriesBefore = new Map<string, Uint8Array>()
  readonly #deviceKey: Uint8Array
  mls: MlsDevice

  /** A program that pretends to be another's device, with a key of its own. */
  static claiming(user: UserId, id: DeviceId): StoredDevice {
    return new StoredDevice(user, id)
  }

  /** The state of one device under the name of another. */
  static pretending(real: StoredDevice, victim: StoredDevice): MlsDevice {
    return MlsDevice.open({
      module: mlsModule,
      user: victim.user,
      device: victim.id,
      deviceKey: real.#deviceKey,
      entries: real.#stored(),
    })
  }

  constructor(user = someUser(), id = newDeviceId(idParts())) {
    this.user = user
    this.id = id
    this.mls = MlsDevice.create({ module: mlsModule, user, device: this.id })
    this.#deviceKey = this.mls.deviceKey
    this.save()
  }

  /** How many bytes were written. */
  save(): number {
    let written = 0
    this.#entriesBefore = new Map(this.#entries)
    for (const [key, value] of this.mls.takeChanges()) {
      assert.ok(key.length <= 64, 'keys are short')
      const name = key.toString()
      if (value === null) this.#entries.delete(name)
      else this.#entries.set(name, value)
      written += key.length + (value?.length ?? 0)
    }
    return written
  }

  get entryCount(): number {
    return this.#entries.size
  }

  /** The program ends without a word and starts again: only what was saved is there. */
  crash(): void {
    this.mls[Symbol.dispose]()
    this.mls = MlsDevice.open({
      module: mlsModule,
      user: this.user,
      device: this.id,
      deviceKey: this.#deviceKey,
      entries: this.#stored(),
    })
  }

  /** Its store is what it was before the last `save`. */
  setBack(): void {
    this.#entries = this.#entriesBefore
    this.crash()
  }

  /** A disk that has lost the ends of its files. */
  damage(): void {
    const signatureKeyLabel = '11,'
    for (const [key, value] of this.#entries)
      if (!key.startsWith(signatureKeyLabel)) this.#entries.set(key, value.slice(0, -1))
  }

  #stored(): readonly Entry[] {
    return [...this.#entries].map(([key, value]) => [
      Uint8Array.from(key.split(','), Number),
      value,
    ])
  }

  keyPackage(): Uint8Array {
    const [keyPackage] = this.mls.keyPackages(1)
    this.save()
    assert.ok(keyPackage)
    return keyPackage
  }

  join({ welcome, tree }: Pick<CommitBundle, 'welcome' | 'tree'>): ConversationId {
    assert.ok(welcome)
    const conversation = this.mls.acceptWelcome(this.mls.openWelcome({ welcome, tree }).handle)
    this.save()
    return conversation
  }

  /** Makes a commit, which the server accepts at once. */
  commit(input: Parameters<MlsDevice['commit']>[0]): CommitBundle {
    const bundle = this.mls.commit(input)
    this.save()
    this.mls.mergePending(input.conversation)
    this.save()
    return bundle
  }

  follow(conversation: ConversationId, commit: Uint8Array): void {
    assert.equal(this.mls.process({ conversation, message: commit }).kind, 'commit')
    this.mls.applyStaged(conversation)
    this.save()
  }

  write(conversation: ConversationId, text: string): Uint8Array {
    const { ciphertext } = this.mls.seal({ conversation, content: textOf(text) })
    this.save()
    return ciphertext
  }

  process(conversation: ConversationId, message: Uint8Array): Processed {
    const processed = this.mls.process({ conversation, message })
    this.save()
    return processed
  }

  read(conversation: ConversationId, message: Uint8Array): string {
    const processed = this.process(conversation, message)
    assert.equal(processed.kind, 'application')
    return new TextDecoder().decode(processed.envelope.body)
  }

  [Symbol.dispose](): void {
    this.mls[Symbol.dispose]()
  }
}

export function textOf(text: string): EnvelopeContent {
  const id = crypto.getRandomValues(new Uint8Array(16))
  return {
    kind: 'text',
    id,
    ref: 0,
    body: new TextEncoder().encode(text),
    sentAtMs: 1_700_000_000_000,
  }
}

/** All devices in one conversation, made by the first. */
export function conversationOf(...devices: readonly StoredDevice[]): ConversationId {
  const [first, ...others] = devices
  assert.ok(first)
  const conversation = someConversation()
  const keyPackages = others.map((device) => device.keyPackage())
  const bundle = first.mls.createGroup({ conversation, keyPackages })
  first.save()
  first.mls.mergePending(conversation)
  first.save()
  for (const device of others) assert.equal(device.join(bundle), conversation)
  return conversation
}

export function assertSameState(conversation: ConversationId, ...devices: readonly StoredDevice[]) {
  const states = devices.map(({ mls }) => mls.group(conversation).epochAuthenticator.toString())
  assert.equal(new Set(states).size, 1, 'all are in the same state of the same epoch')
}

export function withCode(...codes: readonly E2eeErrorCode[]) {
  return (error: unknown) => {
    assert.ok(error instanceof E2eeError, String(error))
    assert.ok(codes.includes(error.code), `${error.code}: ${error.message}`)
    return true
  }
}
