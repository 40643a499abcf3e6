/**
 * `npm run mls:verify`: the committed engine is what `SHA256SUMS` says, and what its source builds.
 * Without the Rust toolchain the second half is not run, and it says so; with `REQUIRE_TOOLS=1` that
 * is a failure.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const crate = fileURLToPath(new URL('..', import.meta.url))
const target = 'wasm32-unknown-unknown'
const sumsOf = (folder: string) => readFileSync(join(folder, 'SHA256SUMS'), 'utf8')

process.exitCode = verify()

function verify(): number {
  const committed = join(crate, 'pkg')
  const changed = sumsOf(committed)
    .trim()
    .split('\n')
    .map((line) => line.split('  '))
    .filter(([sum, file]) => file === undefined || sum !== sha256(join(committed, file)))
  if (changed.length > 0) {
    say(`pkg/${changed.map(([, file]) => file).join(', pkg/')} is not what SHA256SUMS says`)
    return 1
  }
  const missing = missingTool()
  if (missing !== undefined) {
    say(`the committed files are whole; not rebuilt, because ${missing}`)
    return process.env['REQUIRE_TOOLS'] === '1' ? 1 : 0
  }
  return rebuild(sumsOf(committed))
}

function rebuild(committedSums: string): number {
  const out = mkdtempSync(join(tmpdir(), 'mls-verify-'))
  try {
    const { status } = spawnSync(join(crate, 'build.sh'), {
      cwd: crate,
      env: { ...process.env, MLS_OUT: out },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    if (status !== 0) {
      say('the engine does not build')
      return 1
    }
    const isSame = sumsOf(out) === committedSums
    say(isSame ? 'the source builds what is committed' : 'the source builds something else')
    return isSame ? 0 : 1
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

function missingTool(): string | undefined {
  const asked = spawnSync('rustc', ['--print', 'target-libdir', '--target', target], {
    cwd: crate,
    encoding: 'utf8',
  })
  if (asked.error !== undefined || asked.status !== 0)
    return 'rustc of rust-toolchain.toml is missing'
  if (!existsSync(asked.stdout.trim())) return `the target ${target} is missing`
  return undefined
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}

function say(text: string): void {
  process.stdout.write(`mls:verify: ${text}\n`)
}
