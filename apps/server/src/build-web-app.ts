import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Terminal } from './command.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const sources = [
  'apps/web/src',
  'apps/web/public',
  'apps/web/index.html',
  'apps/web/package.json',
  'apps/web/vite.config.ts',
  'clients/sdk/src',
  'clients/e2ee/src',
  'common/protocol/src',
]

/** Of what a failed build has said. */
const linesShownMax = 12

/**
 * Builds the web app when its sources are here and newer than what was built from them. Without it
 * the server is still of use: a build that fails is told, and no more.
 */
export async function buildWebApp(terminal: Terminal): Promise<void> {
  if (terminal.environment['PARLEY_DEV_SKIP_WEB_BUILD'] === '1') return
  if (!existsSync(join(root, 'apps/web/package.json'))) return
  const built = await stat(join(root, 'apps/web/dist/index.html')).catch(() => undefined)
  if (built !== undefined && (await newestMs(sources)) <= built.mtimeMs) return
  terminal.print('Building the web app, which takes some seconds and happens once.')
  const { promise, resolve } = Promise.withResolvers<number | null>()
  const output: string[] = []
  const child = spawn('npm', ['run', '--silent', 'build', '--workspace', 'apps/web'], { cwd: root })
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes) => output.push(String(bytes)))
  child.once('error', () => resolve(null))
  child.once('close', resolve)
  const status = await promise
  if (status === 0) return
  for (const line of output.join('').trimEnd().split('\n').slice(-linesShownMax))
    terminal.complain(line)
  const left = built === undefined ? 'Only the API is served.' : 'The build before is served.'
  terminal.complain(`The web app could not be built: run "npm ci" and start again. ${left}`)
}

async function newestMs(paths: readonly string[]): Promise<number> {
  let newest = 0
  for (const path of paths) {
    const full = join(root, path)
    const facts = await stat(full).catch(() => undefined)
    if (facts === undefined) continue
    newest = Math.max(newest, facts.isFile() ? facts.mtimeMs : 0)
    if (!facts.isDirectory()) continue
    for (const entry of await readdir(full, { recursive: true, withFileTypes: true }))
      if (entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
        newest = Math.max(newest, (await stat(join(entry.parentPath, entry.name))).mtimeMs)
  }
  return newest
}
