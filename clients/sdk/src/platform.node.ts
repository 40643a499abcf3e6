import { randomBytes } from 'node:crypto'
import { clearTimeout, setTimeout } from 'node:timers'
import { readMlsModule } from '@parley/e2ee/node'
import { ParleyClient } from './client.ts'
import { MemoryStore } from './local-store.memory.ts'
import { openSqliteStore } from './local-store.sqlite.node.ts'
import type { Clock, Platform, Random } from './platform.ts'
import { openWebSocket } from './web-socket.ts'

export interface NodeOptions {
  /** Of the server: `http://127.0.0.1:8080`. */
  readonly url: string
  /** Where the device keeps itself: one SQLite file. Without it, all is gone with the program. */
  readonly file?: string
  readonly deviceName?: string
  readonly clientName?: string
}

/** A client for a program on Node 24. */
export async function openOnNode({
  url,
  file,
  deviceName = 'Node',
  clientName = 'parley-sdk',
}: NodeOptions): Promise<ParleyClient> {
  const store = file === undefined ? new MemoryStore() : openSqliteStore(file)
  return await ParleyClient.open({ url, store, platform: nodePlatform(), deviceName, clientName })
}

/** For programs on Node 24. What they wait for keeps the program alive; timers do not. */
export function nodePlatform(): Platform {
  return {
    fetch: (request) => fetch(request),
    openSocket: openWebSocket,
    clock: nodeClock,
    random: nodeRandom,
    loadMls: readMlsModule,
    credentials: 'body',
    kind: 'node',
  }
}

const nodeClock: Clock = {
  nowMs: () => globalThis.Date.now(),
  after(delayMs, act) {
    const timer = setTimeout(act, Math.min(delayMs, 2 ** 31 - 1))
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  },
}

const nodeRandom: Random = {
  bytes: (length) => new Uint8Array(randomBytes(length)),
  fraction: () => Math.random(),
}
