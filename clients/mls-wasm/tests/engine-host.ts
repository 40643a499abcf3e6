import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type CommitBundle, type Engine, instantiate, type Processed } from '../pkg/mls_wasm.js'

const wasm = new WebAssembly.Module(
  readFileSync(new URL('../pkg/mls_wasm_bg.wasm', import.meta.url)),
)

export const suites = { classical: 0x0001, postQuantum: 0x004f } as const
export const pastEpochs = 3
export const noBytes = new Uint8Array()
const encoder = new TextEncoder()
const decoder = new TextDecoder()
export const bytesOf = (text: string) => encoder.encode(text)
export const textOf = (bytes: Uint8Array | null) => decoder.decode(bytes ?? noBytes)
export const conversation = bytesOf('conversation-1')

/** An engine and a host that writes all changes of one call in one transaction. */
export class EngineHost implements Disposable {
  readonly name: string
  readonly deviceKey: Uint8Array
  readonly memory: WebAssembly.Memory
  engine: Engine
  readonly #suite: number
  readonly #entries = new Map<string, Uint8Array>()

  constructor(name: string, suite: number = suites.classical) {
    this.name = name
    this.#suite = suite
    const { Engine, memory } = instantiate(wasm)
    this.memory = memory
    this.engine = new Engine(suite, pastEpochs, 64, 1_000)
    this.deviceKey = this.engine.createIdentity(bytesOf(name))
    this.save()
  }

  /** How many bytes were written. */
  save(): number {
    let written = 0
    for (const [key, value] of this.engine.takeChanges()) {
      if (value === null) this.#entries.delete(key.toString())
      else this.#entries.set(key.toString(), value)
      written += value?.length ?? 0
    }
    return written
  }

  /** Memory is lost, the entries stay. */
  crash(): void {
    this.engine.free()
    const { Engine } = instantiate(wasm)
    this.engine = new Engine(this.#suite, pastEpochs, 64, 1_000)
    for (const [key, value] of this.#entries)
      this.engine.load(Uint8Array.from(key.split(','), Number), value)
    this.engine.loadDone()
    this.engine.useIdentity(bytesOf(this.name), this.deviceKey)
  }

  /** Forgets one stored entry; true when there was one of this label. */
  lose(label: number): boolean {
    const key = [...this.#entries.keys()].find((name) => name.startsWith(`${label},`))
    return key !== undefined && this.#entries.delete(key)
  }

  keyPackage(): Uint8Array {
    const keyPackage = this.engine.keyPackage(false)
    this.save()
    return keyPackage
  }

  join({ welcome, tree }: Pick<CommitBundle, 'welcome' | 'tree'>): void {
    assert.ok(welcome)
    this.engine.acceptWelcome(this.engine.openWelcome(welcome, tree).handle)
    this.save()
  }

  /** Makes a commit that is accepted at once. */
  commit({
    add = [],
    remove = [],
    app,
  }: {
    readonly add?: Uint8Array[]
    readonly remove?: number[]
    readonly app?: Uint8Array
  } = {}): CommitBundle {
    const bundle = this.engine.commit(conversation, add, remove, app, noBytes)
    this.engine.mergePending(conversation)
    this.save()
    return bundle
  }

  follow(commit: Uint8Array): void {
    assert.equal(this.engine.process(conversation, commit).kind, 'commit')
    this.engine.applyStaged(conversation)
    this.save()
  }

  write(text: string): Uint8Array {
    const message = this.engine.encrypt(conversation, bytesOf(text), noBytes)
    this.save()
    return message
  }

  process(message: Uint8Array): Processed {
    const processed = this.engine.process(conversation, message)
    this.save()
    return processed
  }

  read(message: Uint8Array): string {
    const processed = this.process(message)
    assert.equal(processed.kind, 'application')
    return textOf(processed.plaintext)
  }

  get state(): string {
    return this.engine.group(conversation).epochAuthenticator.toString()
  }

  [Symbol.dispose](): void {
    this.engine.free()
  }
}

export function groupOf<const Names extends readonly string[]>(
  names: Names,
  { suite = suites.classical, app }: { suite?: number; app?: Uint8Array } = {},
): { readonly [K in keyof Names]: EngineHost } {
  const hosts = names.map((name) => new EngineHost(name, suite))
  const [first, ...others] = hosts
  assert.ok(first)
  first.engine.createGroup(conversation, app)
  if (others.length > 0) {
    const bundle = first.commit({ add: others.map((host) => host.keyPackage()) })
    for (const host of others) host.join(bundle)
  }
  first.save()
  // `map` keeps the length, which the type of its answer does not say.
  return hosts as unknown as { readonly [K in keyof Names]: EngineHost }
}

export function assertSameState(...hosts: readonly EngineHost[]): void {
  assert.equal(new Set(hosts.map(({ state }) => state)).size, 1)
}

export function withCode(...codes: readonly string[]) {
  return (error: unknown) => {
    assert.ok(error instanceof Error && 'code' in error, String(error))
    assert.ok(codes.includes(String(error.code)), error.message)
    return true
  }
}

export function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}
