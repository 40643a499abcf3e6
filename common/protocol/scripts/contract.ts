/** What keeps the wire contract from changing unawares. `buf` runs offline. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { schemaHash } from './schema-hash.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const proto = join(root, 'proto/parley/v1/frames.proto')
const baseline = join(root, 'proto/baseline.binpb')
const hash = join(root, 'proto/schema-hash.txt')
const generated = join(root, 'tests/generated')
const generatedNames = ['frames_pb.js', 'frames_pb.d.ts'].map((name) => join('parley/v1', name))

const require = createRequire(import.meta.url)
const buf = require.resolve('@bufbuild/buf/bin/buf')
const generator = require.resolve('@bufbuild/protoc-gen-es/bin/protoc-gen-es')

/** False on platforms that buf has no program for. */
export function canRunBuf(): boolean {
  return run(['--version']) === undefined
}

/** Each check by what it looks at: what is wrong, or undefined. */
export const checks = {
  style: () => run(['lint']),
  /** Nothing was taken away or given another meaning since the baseline. */
  compatibility: () => run(['breaking', '--against', baseline]),
  generated: () =>
    inScratch((folder) => {
      const fault = generate(folder)
      if (fault !== undefined) return fault
      const changed = generatedNames.filter(
        (name) => !isSame(join(folder, name), join(generated, name)),
      )
      return changed.length === 0 ? undefined : `not what the schema gives: ${changed.join(', ')}`
    }),
  /** The next change is compared with this schema, not with an older one. */
  baseline: () =>
    inScratch((folder) => {
      const image = join(folder, 'image.binpb')
      const fault = build(image)
      if (fault !== undefined) return fault
      return isSame(image, baseline) ? undefined : 'the baseline is not of this schema'
    }),
  hash: () => hashFault(),
} as const satisfies Record<string, () => string | undefined>

export function hashFault(): string | undefined {
  const now = schemaHash(readFileSync(proto, 'utf8'))
  return readFileSync(hash, 'utf8').trim() === now ? undefined : 'what clients see has changed'
}

/** Takes the schema as it is for the new baseline; refuses when it breaks the one before. */
export function accept(): string | undefined {
  const fault = checks.style() ?? checks.compatibility() ?? generate(generated) ?? build(baseline)
  if (fault === undefined) writeFileSync(hash, `${schemaHash(readFileSync(proto, 'utf8'))}\n`)
  return fault
}

function generate(folder: string): string | undefined {
  const plugin = { local: [process.execPath, generator], out: folder, opt: ['target=js+dts'] }
  return run(['generate', '--template', JSON.stringify({ version: 'v2', plugins: [plugin] })])
}

function build(image: string): string | undefined {
  return run(['build', '--exclude-source-info', '--output', image])
}

function run(words: readonly string[]): string | undefined {
  try {
    execFileSync(process.execPath, [buf, ...words], { cwd: root, stdio: 'pipe', timeout: 60_000 })
    return undefined
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout?: unknown; readonly stderr?: unknown }
    return `buf ${words[0]}: ${stdout ?? ''}${stderr ?? ''}`.trim()
  }
}

function inScratch<Answer>(use: (folder: string) => Answer): Answer {
  const folder = mkdtempSync(join(tmpdir(), 'parley-contract-'))
  try {
    return use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const isSame = (a: string, b: string) => readFileSync(a).equals(readFileSync(b))
