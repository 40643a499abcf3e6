import type { Chat } from '../chat/chat.ts'
import { scriptAddress } from '../trusted-types.ts'
import sharedWorkerUrl from '../worker/shared-worker.ts?worker&url'
import tabWorkerUrl from '../worker/tab-worker.ts?worker&url'
import type { TabMessage, Wire, WorkerMessage } from './messages.ts'
import { channelName, databaseName, leaderLock } from './names.ts'
import { remoteChat } from './remote-chat.ts'

/**
 * The chats of this browser. All tabs share one SharedWorker; where there is none (Chrome on
 * Android), the tab that holds a Web Lock runs the same code for all of them.
 */
export function openChat(): Chat {
  const tab = `parley-tab-${crypto.randomUUID()}`
  const held = holdLock(tab)
  return remoteChat({
    tab,
    openWire() {
      const wire = typeof SharedWorker === 'undefined' ? leaderWire(tab) : sharedWire()
      // The worker takes a free lock as a tab that is gone, so it hears of us when we have ours.
      return { ...wire, post: (message) => void held.then(() => wire.post(message)) }
    },
    isKnown: hasDatabase,
  })
}

/** Resolves when this tab has the lock, which it keeps for as long as it lives. */
function holdLock(name: string): Promise<void> {
  return new Promise((resolve) => {
    void navigator.locks.request(name, () => {
      resolve()
      return new Promise(() => {})
    })
  })
}

async function hasDatabase(): Promise<boolean> {
  const databases = await indexedDB.databases?.()
  return databases === undefined || databases.some(({ name }) => name === databaseName)
}

function sharedWire(): Wire {
  const { port } = new SharedWorker(scriptAddress(sharedWorkerUrl), {
    type: 'module',
    name: 'parley',
  })
  return {
    post: (message) => port.postMessage(message),
    listen(listener) {
      port.onmessage = ({ data }: MessageEvent<WorkerMessage>) => listener(data)
    },
  }
}

/** One tab has the worker; all tabs, that one too, talk to it over a channel. */
function leaderWire(tab: string): Wire {
  const channel = new BroadcastChannel(channelName)
  void navigator.locks.request(leaderLock, () => {
    new Worker(scriptAddress(tabWorkerUrl), { type: 'module', name: 'parley' })
    return new Promise(() => {})
  })
  return {
    post: (message: TabMessage) => channel.postMessage(message),
    listen(listener) {
      channel.onmessage = ({ data }: MessageEvent<{ to?: string; message: WorkerMessage }>) => {
        if (data.message !== undefined && (data.to === undefined || data.to === tab))
          listener(data.message)
      }
    },
  }
}
