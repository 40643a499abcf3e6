import type { Option, OptionTable, ValuesOf } from '@parley/runtime'

/** Settings of presence-service. */
export const presenceOptions = {
  group: 'presence',
  options: {
    offlineAfterMs: {
      type: 'int',
      min: 0,
      max: 600_000,
      default: 30_000,
      unit: 'ms',
      description: 'How long after the last socket has ended a user is shown as gone.',
    },
    rememberMs: {
      type: 'int',
      min: 0,
      max: 600_000,
      default: 10_000,
      unit: 'ms',
      description: 'How long memberships are remembered before chat-service is asked again.',
    },
  },
} as const satisfies OptionTable<Readonly<Record<string, Option>>>

export type PresenceConfig = ValuesOf<(typeof presenceOptions)['options']>
