import { accountRoutes } from '@parley/protocol'
import { route } from '@parley/runtime'
import type { RateLimiter } from '../domain/rate-limits.ts'
import type { Registration } from '../domain/registration.ts'
import type { Audit } from './audit.ts'
import type { DeviceMaker } from './new-device.ts'
import { checkSameOrigin } from './same-origin.ts'
import type { SessionStarter } from './start-session.ts'

export interface SignUpDependencies {
  readonly registration: Registration
  readonly limiter: RateLimiter
  readonly newDevice: DeviceMaker
  readonly startSession: SessionStarter
  readonly audit: Audit
  readonly origins: readonly string[]
}

/** Makes an account, its first device and a session. */
export function signUp(dependencies: SignUpDependencies) {
  const { registration, limiter, newDevice, startSession, audit, origins } = dependencies
  return route(accountRoutes.signUp, async ({ body, address, request, answerHeaders }) => {
    const { name, displayName, password, deviceName, platform, transport } = body
    if (transport === 'cookie') checkSameOrigin(request, origins)
    const newcomer = { name, displayName, password }
    // Whoever tries names costs little, and is let on for longer than whoever makes accounts.
    await limiter.take('sign-in-of-address', address)
    await registration.check(newcomer)
    await limiter.take('sign-up-of-address', address)
    const device = newDevice({ name: deviceName, platform })
    const profile = await registration.create(newcomer, (user) => ({ ...device, user }))
    await audit({ action: 'sign-up', actor: profile.user, session: device.device, address })
    return startSession({ profile, device: device.device, transport }, answerHeaders)
  })
}
