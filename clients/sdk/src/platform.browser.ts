import type { MlsModule } from '@parley/e2ee'
import type { Clock, Platform, Random } from './platform.ts'
import { openWebSocket } from './web-socket.ts'

/** For pages and workers. `loadMls` fetches the engine, which is large: it is called late. */
export function browserPlatform({
  loadMls,
}: {
  readonly loadMls: () => Promise<MlsModule>
}): Platform {
  return {
    fetch: (request) => fetch(request),
    openSocket: openWebSocket,
    clock: browserClock,
    random: browserRandom,
    loadMls,
    credentials: 'cookie',
    kind: 'web',
    isNetworkDown: () => globalThis.navigator?.onLine === false,
  }
}

const browserClock: Clock = {
  nowMs: () => globalThis.Date.now(),
  after(delayMs, act) {
    const timer = globalThis.setTimeout(act, Math.min(delayMs, 2 ** 31 - 1))
    return { [Symbol.dispose]: () => globalThis.clearTimeout(timer) }
  },
}

const browserRandom: Random = {
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  fraction: () => Math.random(),
}
