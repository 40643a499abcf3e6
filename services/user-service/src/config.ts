import { defaultsOf, type Option, type OptionTable, type ValuesOf } from '@parley/runtime'
import { type RateLimit, type RateLimits, rateLimits } from './domain/rate-limits.ts'

const burst = (what: string, { burst }: RateLimit) =>
  ({
    type: 'int',
    min: 1,
    max: 1_000_000,
    default: burst,
    description: `${what}: how many at once.`,
  }) as const

const refill = (what: string, { refillMs }: RateLimit) =>
  ({
    type: 'int',
    min: 1,
    max: 86_400_000,
    default: refillMs,
    unit: 'ms',
    description: `${what}: how long until one more is allowed.`,
  }) as const

const signUps = 'Sign-ups of one address'
const signIns = 'Tries to sign in to one account'
const addressSignIns = 'Tries to sign in or to find a free name of one address'
const newDevices = 'New devices of one account'
const lookUps = 'Name look-ups of one account'
const claims = 'Key package claims of one account from another'

/** The settings of user-service. */
export const userOptions = {
  group: 'user',
  options: {
    hashMemoryKib: {
      type: 'int',
      min: 19_456,
      max: 1_048_576,
      default: 65_536,
      unit: 'KiB',
      description: 'Memory that Argon2id takes for one password.',
    },
    hashPasses: {
      type: 'int',
      min: 2,
      max: 20,
      default: 3,
      description: 'Passes of Argon2id over that memory.',
    },
    hashWorkers: {
      type: 'int',
      min: 0,
      max: 64,
      default: 0,
      description: 'Passwords hashed at once; 0 for one per processor core.',
    },
    origins: {
      type: 'text',
      default: '',
      description: 'Further origins whose pages may sign in with a cookie, separated by spaces.',
    },
    signUpBurst: burst(signUps, rateLimits['sign-up-of-address']),
    signUpRefillMs: refill(signUps, rateLimits['sign-up-of-address']),
    signInBurst: burst(signIns, rateLimits['sign-in-of-account']),
    signInRefillMs: refill(signIns, rateLimits['sign-in-of-account']),
    addressSignInBurst: burst(addressSignIns, rateLimits['sign-in-of-address']),
    addressSignInRefillMs: refill(addressSignIns, rateLimits['sign-in-of-address']),
    newDeviceBurst: burst(newDevices, rateLimits['new-device-of-account']),
    newDeviceRefillMs: refill(newDevices, rateLimits['new-device-of-account']),
    lookUpBurst: burst(lookUps, rateLimits['look-up-of-account']),
    lookUpRefillMs: refill(lookUps, rateLimits['look-up-of-account']),
    claimBurst: burst(claims, rateLimits['claim-of-caller-and-target']),
    claimRefillMs: refill(claims, rateLimits['claim-of-caller-and-target']),
  },
} as const satisfies OptionTable<Readonly<Record<string, Option>>>

export type UserConfig = ValuesOf<(typeof userOptions)['options']>

/** What is used when nobody sets anything. */
export const defaultUserConfig = (changes: Partial<UserConfig> = {}): UserConfig =>
  defaultsOf(userOptions, changes)

export function rateLimitsOf(config: UserConfig): RateLimits {
  const row = (name: keyof RateLimits, burst: number, refillMs: number): RateLimit => ({
    ...rateLimits[name],
    burst,
    refillMs,
  })
  return {
    'sign-up-of-address': row('sign-up-of-address', config.signUpBurst, config.signUpRefillMs),
    'sign-in-of-account': row('sign-in-of-account', config.signInBurst, config.signInRefillMs),
    'sign-in-of-address': row(
      'sign-in-of-address',
      config.addressSignInBurst,
      config.addressSignInRefillMs,
    ),
    'new-device-of-account': row(
      'new-device-of-account',
      config.newDeviceBurst,
      config.newDeviceRefillMs,
    ),
    'look-up-of-account': row('look-up-of-account', config.lookUpBurst, config.lookUpRefillMs),
    'claim-of-caller-and-target': row(
      'claim-of-caller-and-target',
      config.claimBurst,
      config.claimRefillMs,
    ),
  }
}
