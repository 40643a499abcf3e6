import { instantiate, type Engine as WasmEngine } from '@parley/mls-wasm'
import { E2eeError, type E2eeErrorCode } from './e2ee-error.ts'
import type { MlsModule } from './mls-module.ts'

/** Epochs before the current one whose messages still open. */
export const pastEpochsMax = 4
/** A sender's messages may overtake each other by so many, and be missing up to so many. */
const outOfOrderMax = 64
const forwardMax = 1_000

/**
 * The WebAssembly engine, with an instance and a memory of its own. What it throws comes out as
 * `E2eeError`; after a trap it refuses to go on.
 */
export class Engine implements Disposable {
  readonly #wasm: WasmEngine
  #hasFailed = false
  #isDisposed = false

  constructor({ module, suite }: { readonly module: MlsModule; readonly suite: number }) {
    try {
      const { Engine: WasmEngine } = instantiate(module.wasm)
      this.#wasm = new WasmEngine(suite, pastEpochsMax, outOfOrderMax, forwardMax)
    } catch (cause) {
      throw toE2eeError(cause)
    }
  }

  call<T>(act: (wasm: WasmEngine) => T): T {
    if (this.#hasFailed || this.#isDisposed)
      throw new E2eeError('engine', this.#hasFailed ? 'the engine has failed' : 'disposed')
    try {
      return act(this.#wasm)
    } catch (cause) {
      const error = toE2eeError(cause)
      if (error.isFatal) this.#hasFailed = true
      throw error
    }
  }

  [Symbol.dispose](): void {
    if (this.#isDisposed) return
    this.#isDisposed = true
    if (!this.#hasFailed) this.#wasm.free()
  }
}

const codes: Readonly<Record<string, E2eeErrorCode>> = {
  malformed: 'malformed',
  'wrong-type': 'malformed',
  'too-large': 'too-large',
  rejected: 'rejected',
  'wrong-group': 'rejected',
  'bad-key-package': 'bad-key-package',
  'bad-key': 'bad-input',
  'bad-welcome': 'bad-welcome',
  join: 'bad-welcome',
  commit: 'bad-input',
  suite: 'bad-input',
  'no-group': 'no-group',
  'no-welcome': 'no-welcome',
  'nothing-staged': 'nothing-staged',
  stale: 'nothing-staged',
  encrypt: 'inactive',
  export: 'inactive',
  'no-identity': 'storage',
  storage: 'storage',
}

function toE2eeError(cause: unknown): E2eeError {
  if (cause instanceof E2eeError) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  // A trap has no code; and what has one that is not known is no less a mistake of ours.
  return new E2eeError(codes[code] ?? 'engine', message, { cause })
}
