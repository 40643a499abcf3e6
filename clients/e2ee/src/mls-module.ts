/** The compiled engine. It may be shared by devices, and posted to workers. */
export interface MlsModule {
  readonly wasm: WebAssembly.Module
}

/**
 * Compiles the engine, about 3 MB of WebAssembly. In browsers give it the `fetch` of the asset
 * `@parley/mls-wasm/mls_wasm_bg.wasm`; programs on Node call `readMlsModule` of `@parley/e2ee/node`.
 */
export async function loadMlsModule(
  source: BufferSource | WebAssembly.Module | Response | Promise<Response>,
): Promise<MlsModule> {
  const given = await source
  if (given instanceof WebAssembly.Module) return { wasm: given }
  if (given instanceof Response) return { wasm: await WebAssembly.compileStreaming(given) }
  return { wasm: await WebAssembly.compile(given) }
}
