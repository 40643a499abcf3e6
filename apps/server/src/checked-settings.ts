import type { Terminal } from './command.ts'
import { readSettings, type Settings } from './settings.ts'

/** The settings, or nothing after all their faults have been told. */
export function checkedSettings(
  flags: Readonly<Record<string, string>>,
  terminal: Terminal,
): Settings | undefined {
  const { values, faults } = readSettings(flags, terminal.environment)
  for (const { name, problem } of faults) terminal.complain(`${name} ${problem}`)
  if (faults.length === 0) return values
  terminal.complain('"parley config docs" lists every setting.')
  return undefined
}
