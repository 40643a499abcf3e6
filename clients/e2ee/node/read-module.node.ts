import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { loadMlsModule, type MlsModule } from '../src/mls-module.ts'

/** The engine from the installed package. */
export async function readMlsModule(): Promise<MlsModule> {
  const path = fileURLToPath(import.meta.resolve('@parley/mls-wasm/mls_wasm_bg.wasm'))
  return loadMlsModule(await readFile(path))
}
