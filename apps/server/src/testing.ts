import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@parley/runtime'
import { silentLog } from '@parley/runtime/testing'
import { readSettings } from './settings.ts'
import { type RunningServer, startServer } from './start.ts'

export interface TestServerOptions {
  /** Stays when the server ends; without it a folder is made, and removed. */
  readonly dataFolder?: string
  readonly port?: number
  readonly webFolder?: string
  /** Settings as flags, `{ '--gateway-heartbeat-ms': '200' }`. */
  readonly flags?: Readonly<Record<string, string>>
}

/** Cheap passwords and no limits that a fast test would meet. */
const quick = {
  '--listen': '127.0.0.1',
  '--port': '0',
  '--ops-port': '0',
  '--user-hash-memory-kib': '19456',
  '--user-hash-passes': '2',
  '--user-sign-up-burst': '100000',
  '--user-sign-in-burst': '100000',
  '--user-address-sign-in-burst': '100000',
  '--user-new-device-burst': '100000',
  '--user-look-up-burst': '100000',
  '--user-claim-burst': '100000',
  '--gateway-send-burst': '100000',
  '--gateway-sender-burst': '100000',
  '--gateway-conversation-burst': '100000',
  '--gateway-typing-burst': '100000',
  '--gateway-mark-burst': '100000',
  '--gateway-admission-rate': '100000',
  '--gateway-unauthenticated-per-address': '10000',
  '--gateway-drain-window-ms': '0',
  '--presence-offline-after-ms': '100',
  '--presence-remember-ms': '50',
}

/** The whole server in the process of a test, on ports of its own. */
export async function startTestServer({
  dataFolder,
  port = 0,
  webFolder,
  flags = {},
}: TestServerOptions = {}): Promise<RunningServer> {
  const folder = dataFolder ?? (await mkdtemp(join(tmpdir(), 'parley-')))
  const all = { ...quick, '--port': String(port), '--data': folder, ...flags }
  const { values: settings, faults } = readSettings(all, {})
  if (faults.length > 0) throw new Error(JSON.stringify(faults))
  const server = await startServer({
    settings,
    log: silentLog,
    clock: systemClock,
    ...(webFolder !== undefined && { webFolder }),
  })
  return {
    ...server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      if (dataFolder === undefined) await rm(folder, { recursive: true, force: true })
    },
  }
}
