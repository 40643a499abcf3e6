import type { Change } from '../chat/chat.ts'
import type { TabMessage, WorkerMessage } from '../link/messages.ts'
import { type Device, openDevice } from './device.ts'
import { plainFault } from './faults.ts'

type Call = Extract<TabMessage, { kind: 'call' }>

interface Tab {
  readonly post: (message: WorkerMessage) => void
  /** Whose presence this tab shows. */
  watched: readonly string[]
}

/** Serves the tabs of this browser from one device: its calls, and its changes to all of them. */
export class Hub {
  readonly #tabs = new Map<string, Tab>()
  #device: Promise<Device> | undefined

  /** A tab that joins hears the state so far, and then every change. */
  join(name: string, post: Tab['post']): void {
    const tab: Tab = { post, watched: [] }
    this.#tabs.set(name, tab)
    void this.#opened().then(
      (device) => {
        for (const change of device.state()) post({ kind: 'change', change })
      },
      () => post({ kind: 'change', change: { kind: 'account', account: { kind: 'signed-out' } } }),
    )
    // The lock is free when the tab is gone, however it went.
    void navigator.locks.request(name, () => this.#leave(name, tab))
  }

  async answer({ tab: name, id, call, input }: Call): Promise<void> {
    const tab = this.#tabs.get(name)
    if (tab === undefined) return
    try {
      const device = await this.#opened()
      if (call === 'watch') {
        tab.watched = input as readonly string[]
        this.#watchAll(device)
        tab.post({ kind: 'answer', id, answer: undefined })
        return
      }
      // Only our own tabs can post here; the pairs of call and input are those of `Chat`.
      const act = device.calls[call] as (input: unknown) => Promise<unknown>
      tab.post({ kind: 'answer', id, answer: await act(input) })
    } catch (error) {
      tab.post({ kind: 'fault', id, fault: plainFault(error) })
    }
  }

  #opened(): Promise<Device> {
    this.#device ??= openDevice((change) => this.#tell(change)).catch((error) => {
      this.#device = undefined
      throw error
    })
    return this.#device
  }

  #tell(change: Change): void {
    for (const { post } of this.#tabs.values()) post({ kind: 'change', change })
  }

  #leave(name: string, tab: Tab): void {
    if (this.#tabs.get(name) !== tab) return
    this.#tabs.delete(name)
    void this.#device?.then((device) => this.#watchAll(device))
  }

  #watchAll(device: Device): void {
    device.watch([...new Set([...this.#tabs.values()].flatMap(({ watched }) => watched))])
  }
}
