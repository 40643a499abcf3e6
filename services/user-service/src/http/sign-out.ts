import { accountRoutes } from '@parley/protocol'
import { route } from '@parley/runtime'
import type { Sessions } from '../domain/sessions.ts'
import type { Audit } from './audit.ts'
import { clearRefreshCookie } from './session-answer.ts'

/** The device keeps its keys; its access token ends by itself. */
export function signOut({
  sessions,
  audit,
  nowMs,
}: {
  readonly sessions: Sessions
  readonly audit: Audit
  readonly nowMs: () => number
}) {
  return route(accountRoutes.signOut, async ({ caller, address, answerHeaders }) => {
    await sessions.endOfDevice(caller.device, nowMs())
    clearRefreshCookie(answerHeaders)
    await audit({ action: 'sign-out', actor: caller.user, session: caller.device, address })
    return {}
  })
}
