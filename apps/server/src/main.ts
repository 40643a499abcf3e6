import process from 'node:process'
import { ChatError } from '@parley/protocol'
import { StartError } from '@parley/runtime'
import { type Command, type ExitCode, parseArguments, type Terminal } from './command.ts'
import { version } from './version.ts'

/** Commands are loaded when they are called: none pays for another. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./commands/start.ts')).start,
  config: async () => (await import('./commands/config.ts')).config,
  user: async () => (await import('./commands/user.ts')).user,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
}

/** The command line; leaves its verdict in the exit code of the process. */
export async function main(args: readonly string[]): Promise<void> {
  process.exitCode = await run(args, {
    print: (line) => void process.stdout.write(`${line}\n`),
    complain: (line) => void process.stderr.write(`${line}\n`),
    environment: process.env,
    async readInput() {
      const chunks: string[] = []
      for await (const chunk of process.stdin) chunks.push(String(chunk))
      return chunks.join('')
    },
  })
}

/** One call of the command line. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { words, flags } = parseArguments(args)
  const [name = 'help', ...rest] = words
  try {
    if (flags['--version'] !== undefined) terminal.print(version)
    else if (name === 'help') return await help(rest[0], terminal)
    else if (flags['--help'] !== undefined) return await help(name, terminal)
    else {
      const command = await commands[name]?.()
      if (command !== undefined) return await command.run({ words: rest, flags }, terminal)
      terminal.complain(`There is no command "${name}". "parley help" lists all.`)
      return 2
    }
    return 0
  } catch (error) {
    if (error instanceof StartError || error instanceof ChatError) terminal.complain(error.message)
    else terminal.complain(`Parley has a fault: ${error instanceof Error ? error.stack : error}`)
    return 1
  }
}

async function help(name: string | undefined, terminal: Terminal): Promise<ExitCode> {
  if (name === undefined) {
    terminal.print(`Parley ${version}: a chat platform with end-to-end encryption.\n`)
    terminal.print('Usage: parley COMMAND\n')
    for (const load of Object.values(commands)) {
      const { usage, summary } = await load()
      terminal.print(`  ${usage.padEnd(34)} ${summary}`)
    }
    terminal.print(`  ${'help COMMAND'.padEnd(34)} Say more about a command.\n`)
    terminal.print('"parley start" is all it takes to try it.')
    return 0
  }
  const command = await commands[name]?.()
  if (command === undefined) {
    terminal.complain(`There is no command "${name}". "parley help" lists all.`)
    return 2
  }
  terminal.print(`parley ${command.usage}\n\n${command.help()}`)
  return 0
}
