import { accountRoutes, ChatError, type DeviceId, limits, type UserId } from '@parley/protocol'
import { route } from '@parley/runtime'
import type { Devices } from '../domain/devices.ts'
import type { Notices } from '../domain/notices.ts'
import type { PasswordCheck } from '../domain/password-check.ts'
import type { RateLimiter } from '../domain/rate-limits.ts'
import type { Audit } from './audit.ts'
import type { DeviceMaker } from './new-device.ts'
import { checkSameOrigin } from './same-origin.ts'
import type { SessionStarter } from './start-session.ts'

export interface SignInDependencies {
  readonly passwords: PasswordCheck
  readonly devices: Devices
  readonly limiter: RateLimiter
  readonly newDevice: DeviceMaker
  readonly startSession: SessionStarter
  readonly notices: Notices
  readonly audit: Audit
  readonly origins: readonly string[]
  readonly count: (result: 'ok' | 'bad-credentials') => void
}

/**
 * Starts a session: on the device that is named when it is the user's and was not revoked, else on a
 * new one, which is pending until another device of the account signs its key.
 */
export function signIn(dependencies: SignInDependencies) {
  const { passwords, devices, limiter, newDevice, startSession, notices, audit } = dependencies

  return route(accountRoutes.signIn, async ({ body, address, request, answerHeaders }) => {
    const { transport } = body
    if (transport === 'cookie') checkSameOrigin(request, dependencies.origins)
    await limiter.take('sign-in-of-address', address)
    const { user, profile } = await checked(body, address)
    const device = (await known(user, body.device)) ?? (await added(user, body))
    await audit({ action: 'sign-in', actor: user, session: device, address })
    return startSession({ profile, device, transport }, answerHeaders)
  })

  async function checked(given: { name: string; password: string }, address: string) {
    try {
      const credential = await passwords.ofName(given.name.toLowerCase(), given.password)
      dependencies.count('ok')
      return credential
    } catch (error) {
      if (error instanceof ChatError && error.code === 'bad-credentials') {
        dependencies.count('bad-credentials')
        await audit({ action: 'sign-in-failed', address })
      }
      throw error
    }
  }

  async function known(user: UserId, id: DeviceId | undefined): Promise<DeviceId | undefined> {
    const device = id && (await devices.find(id))
    return device?.user === user && device.revokedAtMs === null ? device.device : undefined
  }

  async function added(
    user: UserId,
    { deviceName, platform }: { deviceName: string; platform: 'web' | 'node' | 'other' },
  ): Promise<DeviceId> {
    await limiter.take('new-device-of-account', user)
    const device = { ...newDevice({ name: deviceName, platform }), user }
    if (!(await devices.add(device)))
      throw new ChatError('device-limit', `an account has ${limits.devicesPerUser} devices at most`)
    notices.tell(user, 'devices', { except: device.device })
    return device.device
  }
}
