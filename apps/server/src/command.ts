/** What a command may do with the world outside; a test puts its own in place. */
export interface Terminal {
  /** A line for people or machines. */
  print(line: string): void
  /** A line about progress or trouble. */
  complain(line: string): void
  readonly environment: Readonly<Record<string, string | undefined>>
  /** All that is piped in. */
  readInput(): Promise<string>
}

/** 0 done, 1 failed, 2 wrong usage or settings, 3 a check has found faults. */
export type ExitCode = 0 | 1 | 2 | 3

export interface CommandLine {
  /** What is no flag, after the name of the command. */
  readonly words: readonly string[]
  /** By their names, `--port`; `true` for those without a value. */
  readonly flags: Readonly<Record<string, string>>
}

export interface Command {
  /** As it is called: `user create NAME`. */
  readonly usage: string
  /** One line for the list. */
  readonly summary: string
  /** The rest of its help. */
  readonly help: () => string
  run(line: CommandLine, terminal: Terminal): Promise<ExitCode>
}

/** Splits arguments; `--name value` and `--name=value` are the same. */
export function parseArguments(args: readonly string[]): CommandLine {
  const words: string[] = []
  const flags: Record<string, string> = {}
  for (let at = 0; at < args.length; at += 1) {
    const argument = args[at] ?? ''
    if (!argument.startsWith('--')) {
      words.push(argument)
      continue
    }
    const [name = '', value] = argument.split(/=(.*)/s, 2)
    const next = args[at + 1]
    if (value !== undefined) flags[name] = value
    else if (switches.has(name) || next === undefined || next.startsWith('--')) flags[name] = ''
    else {
      flags[name] = next
      at += 1
    }
  }
  return { words, flags }
}

/** Flags of commands that never have a value. */
const switches = new Set(['--json', '--help', '--version', '--password-stdin'])

/** Takes flags that belong to the command; the others are settings. */
export function takeFlags<Name extends string>(
  flags: Readonly<Record<string, string>>,
  names: readonly Name[],
): { readonly own: Partial<Record<Name, string>>; readonly settings: Record<string, string> } {
  const own: Partial<Record<Name, string>> = {}
  const settings: Record<string, string> = {}
  for (const [flag, value] of Object.entries(flags)) {
    const name = names.find((one) => one === flag)
    if (name === undefined) settings[flag] = value
    else own[name] = value
  }
  return { own, settings }
}
