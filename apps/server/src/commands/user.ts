import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ChatError, errorBody, toText } from '@parley/protocol'
import { MetricRegistry, StartError, systemClock, systemRandom } from '@parley/runtime'
import { startUserService } from '@parley/user-service'
import { checkedSettings } from '../checked-settings.ts'
import { type Command, takeFlags } from '../command.ts'
import { openEngines } from '../engines.ts'
import type { Settings } from '../settings.ts'

interface NewAccount {
  readonly name: string
  readonly displayName: string
  readonly password: string
}

export const user: Command = {
  usage: 'user create NAME',
  summary: 'Make an account.',
  help: () => `Makes an account and prints its id and, unless one was given, a password to hand
over. It works while the server runs and while it does not.

  --display-name TEXT   as others see the account; the name when it is missing
  --password-stdin      reads the password from standard input
  --json                prints one object`,
  async run({ words, flags }, terminal) {
    const names = ['--display-name', '--password-stdin', '--json'] as const
    const { own, settings: settingFlags } = takeFlags(flags, names)
    const [verb, name, ...more] = words
    if (verb !== 'create' || name === undefined || more.length > 0) {
      terminal.complain('Say: parley user create NAME')
      return 2
    }
    const settings = checkedSettings(settingFlags, terminal)
    if (settings === undefined) return 2
    const given = own['--password-stdin'] === undefined ? undefined : await terminal.readInput()
    const password = given?.trimEnd() ?? randomPassword()
    const displayName = own['--display-name'] ?? name
    try {
      const id = await createAccount({ name, displayName, password }, settings)
      const made = { user: id, name, ...(given === undefined && { password }) }
      if (own['--json'] !== undefined) terminal.print(JSON.stringify(made))
      else {
        terminal.print(`Account ${name} has the id ${id}.`)
        if (given === undefined) terminal.print(`Its password is ${password}`)
      }
      return 0
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
      const { message, suggestions = [] } = error
      const free = suggestions.length === 0 ? '' : ` Free are: ${suggestions.join(', ')}.`
      terminal.complain(`The account was not made: ${message}.${free}`)
      return 1
    }
  },
}

async function createAccount(account: NewAccount, settings: Settings): Promise<string> {
  const running = await askRunning(account, settings)
  if (running !== undefined) return running
  await using engines = await openEngines(settings.core, systemClock)
  await using service = await startUserService({
    openSql: engines.openSql,
    eventLog: engines.eventLog,
    bus: engines.bus,
    sessionRegistry: engines.sessionRegistry,
    ephemeralStore: engines.ephemeralStore,
    clock: systemClock,
    random: systemRandom,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    metrics: new MetricRegistry(),
    config: settings.user,
    keyRing: [{ id: '1', key: await engines.secret('key-ring', 32) }],
    cell: settings.core.cell,
    report: () => {},
  })
  return await service.createAccount(account)
}

/** The id, or nothing when no server runs. Errors: those of the server. */
async function askRunning(account: NewAccount, { core }: Settings): Promise<string | undefined> {
  const token = await readFile(join(core.data, 'secrets', 'ops-token')).catch(() => undefined)
  if (token === undefined) return undefined
  const host = core.opsListen === '0.0.0.0' ? '127.0.0.1' : core.opsListen
  const response = await fetch(`http://${host}:${core.opsPort}/admin/users`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${toText(token)}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(account),
  }).catch(() => undefined)
  if (response === undefined) return undefined
  if (response.status === 401)
    throw new StartError(
      `The Parley on port ${core.opsPort} uses another data folder. Name its folder with --data.`,
    )
  const body: unknown = await response.json().catch(() => undefined)
  const failure = errorBody.safeParse(body)
  if (failure.success) {
    const { code, message, suggestions = [] } = failure.data.error
    throw new ChatError(code, message, { suggestions })
  }
  if (typeof body === 'object' && body !== null && 'user' in body) return String(body.user)
  return undefined
}

/** 100 random bits that can be read aloud. */
function randomPassword(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789'
  const groups = Array.from({ length: 5 }, () =>
    Array.from(randomBytes(4), (byte) => letters[byte % letters.length]).join(''),
  )
  return groups.join('-')
}
