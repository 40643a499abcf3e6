import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readMlsModule } from '../node/read-module.node.ts'
import { E2eeError } from './e2ee-error.ts'
import { Engine } from './engine.ts'
import { defaultSuite } from './mls-device.ts'

const module = await readMlsModule()
const isFatal = (error: unknown) => error instanceof E2eeError && error.isFatal

test('after a trap the engine refuses to go on, and a new one works', () => {
  const broken = new Engine({ module, suite: defaultSuite })
  const trap = () =>
    broken.call(() => {
      throw new WebAssembly.RuntimeError('unreachable')
    })
  assert.throws(trap, isFatal)
  assert.throws(() => broken.call((wasm) => wasm.stateSize()), isFatal)
  broken[Symbol.dispose]()
  using fresh = new Engine({ module, suite: defaultSuite })
  assert.equal(
    fresh.call((wasm) => wasm.stateSize()),
    0,
  )
})

test('what the network sends does not end the engine', () => {
  using engine = new Engine({ module, suite: defaultSuite })
  const nonsense = new Uint8Array(100).fill(1)
  assert.throws(
    () => engine.call((wasm) => wasm.inspectKeyPackage(nonsense)),
    (error) => error instanceof E2eeError && error.code === 'malformed',
  )
  assert.equal(
    engine.call((wasm) => wasm.stateSize()),
    0,
  )
})

test('a suite that the engine does not have is refused', () => {
  assert.throws(
    () => new Engine({ module, suite: 0x1234 }),
    (error) => error instanceof E2eeError && error.code === 'bad-input',
  )
})
