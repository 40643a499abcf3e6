import { decodeEdgeBatch, type EdgeDelivery } from '@parley/protocol'
import type { Report } from '@parley/runtime'
import { asError } from './as-error.ts'
import type { Outgoing } from './outgoing.ts'
import type { Sessions } from './sessions.ts'

/** Gives what arrives on the channel of this edge to the sockets that it is for. */
export function deliverTo(sessions: Sessions, outgoing: Outgoing, report: Report) {
  return (batch: Uint8Array): void => {
    try {
      for (const delivery of decodeEdgeBatch(batch)) deliver(delivery)
    } catch (error) {
      report(asError(error))
    }
  }

  function deliver({ user, device, exceptDevice, pts, bytes, isEphemeral }: EdgeDelivery): void {
    for (const session of sessions.of(user)) {
      const own = session.owner?.device
      if ((device !== undefined && own !== device) || own === exceptDevice) continue
      if (pts > 0) outgoing.event(session, pts, bytes)
      else if (session.state === 'ready') outgoing.bytes(session, bytes, isEphemeral)
    }
  }
}
