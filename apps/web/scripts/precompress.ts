/**
 * `node scripts/precompress.ts`: puts `.br` and `.gz` beside each built file, so that the server
 * sends small answers without compressing anything itself.
 */
import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const dist = fileURLToPath(new URL('../dist', import.meta.url))
const compressible = /\.(html|js|css|svg|wasm|webmanifest|json)$/
/** The engine is three megabytes: the last percent would take most of a minute. */
const largeBytes = 1024 * 1024

const files = globSync(`${dist}/**/*`).filter(
  (file) => compressible.test(file) && statSync(file).isFile(),
)
if (files.length === 0) throw new Error('there is nothing to compress: run `vite build` first')
for (const file of files) {
  const bytes = readFileSync(file)
  const quality = bytes.length > largeBytes ? 9 : constants.BROTLI_MAX_QUALITY
  writeFileSync(
    `${file}.br`,
    brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: quality,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  )
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }))
}
process.stdout.write(`${files.length} files compressed\n`)
