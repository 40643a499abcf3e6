import { accountInternalRoutes } from '@parley/protocol'
import { route } from '@parley/runtime'
import type { Devices } from '../domain/devices.ts'

/** No access token of a revoked device lives longer than this. */
const relevantMs = 20 * 60_000

/** `since` above the head asks for everything: the list was restored from a backup. */
export function listRevocations({
  devices,
  nowMs,
}: {
  readonly devices: Devices
  readonly nowMs: () => number
}) {
  return route(accountInternalRoutes.listRevocations, async ({ query }) => {
    const head = await devices.revocationHead()
    const since = query.since > head ? 0 : query.since
    return { head, revocations: [...(await devices.revocations(since, nowMs() - relevantMs))] }
  })
}
