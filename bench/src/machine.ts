import { execFileSync } from 'node:child_process'
import { cpus, loadavg, totalmem } from 'node:os'
import process from 'node:process'

/** What a figure was measured on. */
export function machineFacts() {
  const [first] = cpus()
  return {
    cpu: first?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: process.platform,
  }
}

/** Processes that wanted to run, on average over the last minute. */
export const loadAverage = (): number => Math.round((loadavg()[0] ?? 0) * 100) / 100

/** With a plus when there were changes that are in no commit. */
export function commitName(): string {
  const git = (...args: readonly string[]) =>
    execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    const isChanged =
      git('status', '--porcelain', '--untracked-files=no', 'common', 'services', 'apps/server') !==
      ''
    return `${git('rev-parse', '--short=12', 'HEAD')}${isChanged ? '+' : ''}`
  } catch {
    return 'unknown'
  }
}
