/**
 * The test vectors of the MLS working group (mlswg/mls-implementations) for what the engine offers:
 * a client that joins and follows. They run on a build that can be given foreign private keys
 * (`--features pq,kat`), which is never shipped.
 *
 * The vectors are data of their own, in `../shared/vectors` beside the repository or where
 * `PARLEY_VECTORS` says. Where there are none the test says so, and with `REQUIRE_VECTORS=1` it fails.
 */
import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { existsSync, readFileSync } from 'node:fs'
import process from 'node:process'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'
import { type Engine, instantiate } from '../vectors/engine/mls_wasm.js'

interface PassiveClient {
  readonly cipher_suite: number
  readonly external_psks: readonly { readonly psk_id: string; readonly psk: string }[]
  readonly key_package: string
  readonly init_priv: string
  readonly encryption_priv: string
  readonly welcome: string
  readonly ratchet_tree: string | null
  readonly initial_epoch_authenticator: string
  readonly epochs: readonly {
    readonly proposals: readonly string[]
    readonly commit: string
    readonly epoch_authenticator: string
  }[]
}

const besideRepository = fileURLToPath(new URL('../../../../shared/vectors', import.meta.url))
const folder = `${process.env['PARLEY_VECTORS'] ?? besideRepository}/mls`
/** Suites with P-256 and X25519; the others are in none of our builds. */
const offeredSuites = new Set([1, 2, 3])
/** The published key packages of the welcome file are good until then. */
const whenPublishedMs = Date.UTC(2024, 2, 2)

const files = [
  { file: 'passive-client-welcome', clients: 24, nowMs: whenPublishedMs },
  { file: 'passive-client-handling-commit', clients: 39, nowMs: undefined },
  { file: 'passive-client-random', clients: 1, nowMs: undefined },
] as const

for (const { file, clients, nowMs } of files) {
  test(`MLS vectors: ${file}`, (t) => {
    const vectors = readVectors(t, file)
    if (vectors === undefined) return
    if (nowMs !== undefined) t.mock.timers.enable({ apis: ['Date'], now: nowMs })
    const engines = instantiate(katModule())
    const offered = vectors.filter(({ cipher_suite }) => offeredSuites.has(cipher_suite))
    for (const vector of offered)
      follow(new engines.Engine(vector.cipher_suite, 4, 256, 2_000), vector)
    assert.equal(offered.length, clients)
  })
}

function follow(engine: Engine, vector: PassiveClient): void {
  for (const { psk_id, psk } of vector.external_psks) engine.injectPsk(bytes(psk_id), bytes(psk))
  engine.injectKeyPackage(
    bytes(vector.key_package),
    bytes(vector.init_priv),
    bytes(vector.encryption_priv),
  )
  const tree = vector.ratchet_tree === null ? null : bytes(vector.ratchet_tree)
  const group = engine.katJoin(bytes(vector.welcome), tree)
  const state = () => Buffer.from(engine.group(group).epochAuthenticator).toString('hex')
  assert.equal(state(), vector.initial_epoch_authenticator)
  for (const { proposals, commit, epoch_authenticator } of vector.epochs) {
    for (const message of [...proposals, commit]) {
      engine.process(group, bytes(message))
      engine.applyStaged(group)
    }
    assert.equal(state(), epoch_authenticator)
  }
  engine.free()
}

function readVectors(t: TestContext, file: string): readonly PassiveClient[] | undefined {
  const path = `${folder}/${file}.json`
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'))
  const message = 'not run: set PARLEY_VECTORS to the folder that has mls/*.json'
  assert.notEqual(process.env['REQUIRE_VECTORS'], '1', message)
  t.skip(message)
  return undefined
}

function katModule(): WebAssembly.Module {
  const compressed = readFileSync(new URL('../vectors/engine/mls_wasm_bg.wasm.br', import.meta.url))
  return new WebAssembly.Module(brotliDecompressSync(compressed))
}

function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}
