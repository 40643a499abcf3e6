import process from 'node:process'
import { jsonLog, optionsAsHelp, systemClock } from '@parley/runtime'
import { buildWebApp } from '../build-web-app.ts'
import { checkedSettings } from '../checked-settings.ts'
import type { Command } from '../command.ts'
import { checkEngines } from '../engines.ts'
import { settingTables } from '../settings.ts'
import { startServer } from '../start.ts'
import { version } from '../version.ts'

/** Ends a process whose last connections hang. */
const endMs = 10_000

export const start: Command = {
  usage: 'start',
  summary: 'Run the server until it is told to stop.',
  help: () => `Runs the server. It prints its address as the last line when it is ready, and ends
after Ctrl+C or SIGTERM: clients are told to come back, what is under way is
finished. A second Ctrl+C ends it at once. Log lines are JSON on standard error.

Settings, as flags; each has an environment variable too ("parley config docs"):
${optionsAsHelp(settingTables)}`,
  async run({ flags }, terminal) {
    const settings = checkedSettings(flags, terminal)
    if (settings === undefined) return 2
    checkEngines(settings.core)
    await buildWebApp(terminal)
    const startMs = systemClock.monotonicMs()
    const log = jsonLog({
      level: settings.core.logLevel,
      clock: systemClock,
      write: (line) => void process.stderr.write(line),
    })
    const stop = untilStopped()
    const server = await startServer({ settings, log })
    const { roles, engines, data } = settings.core
    const seconds = ((systemClock.monotonicMs() - startMs) / 1000).toFixed(1)
    terminal.print(`Parley ${version}, roles ${roles}, engines ${engines}, data in ${data}`)
    terminal.print(`Ready in ${seconds} s. For operators: ${server.opsUrl}/readyz`)
    terminal.print(server.url)
    try {
      await Promise.race([stop, server.failed])
    } finally {
      systemClock.after(endMs, () => process.exit(1))
      await server[Symbol.asyncDispose]()
    }
    return 0
  },
}

/** Resolves at the first SIGINT or SIGTERM; the second SIGINT ends the process. */
function untilStopped(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  process.on('SIGTERM', () => resolve())
  process.once('SIGINT', () => {
    resolve()
    process.once('SIGINT', () => process.exit(130))
  })
  return promise
}
