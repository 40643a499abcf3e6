/**
 * `node scripts/complete-lock.ts`, after an install that has changed the lock file.
 *
 * A registry mirror that lacks packages for other platforms makes npm write a lock file without
 * them, and `npm ci` of npm 11 and 12 then fails on it. This adds the missing optional packages
 * with what their parent says of them; a later install from a full registry fills in the rest.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'

interface LockedPackage {
  readonly version?: string
  readonly optional?: boolean
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

interface LockFile {
  packages: Record<string, LockedPackage>
}

const path = 'package-lock.json'
const lock: LockFile = JSON.parse(readFileSync(path, 'utf8'))
const exact = /^\d+\.\d+\.\d+(-[\w.]+)?$/
const systems = [
  'darwin',
  'linux',
  'win32',
  'freebsd',
  'openbsd',
  'netbsd',
  'sunos',
  'android',
  'aix',
]
const processors = [
  'x64',
  'arm64',
  'arm',
  'ia32',
  'ppc64',
  's390x',
  'riscv64',
  'loong64',
  'mips64el',
]

let added = 0
for (const [parent, { optionalDependencies }] of Object.entries(lock.packages))
  for (const [name, version] of Object.entries(optionalDependencies ?? {})) {
    if (!exact.test(version) || isLocked(parent, name)) continue
    lock.packages[`node_modules/${name}`] = { version, optional: true, ...platformOf(name) }
    added += 1
  }
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
)
if (added > 0) writeFileSync(path, `${JSON.stringify(lock, undefined, 2)}\n`)
process.stdout.write(`${added} packages of other platforms added to ${path}\n`)

function isLocked(parent: string, name: string): boolean {
  return (
    `node_modules/${name}` in lock.packages || `${parent}/node_modules/${name}` in lock.packages
  )
}

/** The platform is part of the name: `@biomejs/cli-linux-arm64-musl`. */
function platformOf(name: string): Pick<LockedPackage, 'os' | 'cpu' | 'libc'> {
  const words = name.split(/[/\-_.]/)
  const os = systems.filter((system) => words.includes(system))
  const cpu = processors.filter((processor) => words.includes(processor))
  const libc = words.includes('musl') ? ['musl'] : words.includes('gnu') ? ['glibc'] : []
  return {
    ...(os.length > 0 ? { os } : {}),
    ...(cpu.length > 0 ? { cpu } : {}),
    ...(libc.length > 0 ? { libc } : {}),
  }
}
