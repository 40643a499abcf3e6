import { type AccountEvent, type DeviceId, decodeAccountEvent } from '@parley/protocol'
import { decodeRevocationNotice, type RevocationNotice, revocationsChannel } from '@parley/runtime'
import type { World } from './world.ts'

let groups = 0

/** The account events of this kind about a device, as a consumer of the log reads them. */
export async function accountEvents(
  world: World,
  kind: AccountEvent['kind'],
  device: DeviceId,
): Promise<readonly AccountEvent[]> {
  groups += 1
  const found: AccountEvent[] = []
  const stop = new AbortController()
  await world.engines.eventLog.consume({
    topic: 'account-events',
    group: `test-${groups}`,
    signal: stop.signal,
    run: async (partition) => {
      for await (const batch of partition.read(stop.signal))
        for (const { value } of batch) {
          const event = decodeAccountEvent(value)
          if (event.device !== device || event.kind !== kind) continue
          found.push(event)
          stop.abort()
        }
    },
  })
  return found
}

/** What is said on the bus about revocations from now on. */
export async function announcedRevocations(world: World) {
  const heard: RevocationNotice[] = []
  let wake: (() => void) | undefined
  await world.engines.bus.subscribe(revocationsChannel, (bytes) => {
    heard.push(decodeRevocationNotice(bytes))
    wake?.()
  })
  return {
    async next(): Promise<RevocationNotice> {
      for (;;) {
        const notice = heard.shift()
        if (notice !== undefined) return notice
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}
