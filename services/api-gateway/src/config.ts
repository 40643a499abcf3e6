import { limits } from '@parley/protocol'
import type { OptionTable, ValuesOf } from '@parley/runtime'

const bucket = (burst: number, what: string) =>
  ({
    type: 'int',
    min: 1,
    max: 1_000_000,
    default: burst,
    description: `${what}, at once.`,
  }) as const
const refill = (refillMs: number, what: string) =>
  ({
    type: 'int',
    min: 0,
    max: 86_400_000,
    default: refillMs,
    unit: 'ms',
    description: `${what}: time until one more is allowed.`,
  }) as const

/** Settings of api-gateway. */
export const gatewayOptions = {
  group: 'gateway',
  options: {
    admissionRate: {
      type: 'int',
      min: 1,
      max: 100_000,
      default: 500,
      unit: '1/s',
      description: 'New sockets that are let in; more are told to come back.',
    },
    connectionsMax: {
      type: 'int',
      min: 1,
      max: 1_000_000,
      default: 100_000,
      description: 'Sockets that one process holds.',
    },
    unauthenticatedPerAddress: {
      type: 'int',
      min: 1,
      max: 100_000,
      default: limits.unauthenticatedSocketsPerAddress,
      description: 'Sockets of one address that have not said who they are yet.',
    },
    helloMs: {
      type: 'int',
      min: 100,
      max: 60_000,
      default: limits.helloMs,
      unit: 'ms',
      description: 'Time to say hello after a socket was opened.',
    },
    heartbeatMs: {
      type: 'int',
      min: 100,
      max: 300_000,
      default: limits.heartbeatMs,
      unit: 'ms',
      description: 'Between two heartbeats; who is silent for 1.4 of them is dead.',
    },
    laggingMs: {
      type: 'int',
      min: 100,
      max: 300_000,
      default: 10_000,
      unit: 'ms',
      description: 'Time for a slow socket to take what waits, before it is closed.',
    },
    drainRate: {
      type: 'int',
      min: 1,
      max: 100_000,
      default: 1_200,
      unit: '1/s',
      description: 'Sockets that are sent elsewhere when the process ends.',
    },
    drainWindowMs: {
      type: 'int',
      min: 0,
      max: 600_000,
      default: 1_000,
      unit: 'ms',
      description: 'Longest time for that.',
    },
    sendBurst: bucket(300, 'Messages of one device'),
    sendRefillMs: refill(500, 'Messages of one device'),
    senderBurst: bucket(30, 'Messages of one sender in one conversation'),
    senderRefillMs: refill(200, 'Messages of one sender in one conversation'),
    conversationBurst: bucket(50, 'Messages of all senders in one conversation'),
    conversationRefillMs: refill(20, 'Messages of all senders in one conversation'),
    typingBurst: bucket(1, 'Signals of one device in one conversation'),
    typingRefillMs: refill(3_000, 'Signals of one device in one conversation'),
    markBurst: bucket(5, 'Marks of one device in one conversation'),
    markRefillMs: refill(1_000, 'Marks of one device in one conversation'),
    bytesInBurst: {
      type: 'int',
      min: 1_024,
      max: 2 ** 40,
      default: 128 * 1024 * 1024,
      unit: 'bytes',
      description: 'What one socket may send at once; 2 KB/s come back.',
    },
    allowedOrigins: {
      type: 'text',
      default: '',
      pattern: [
        /^$|^https?:\/\/[^\s,/]+(,https?:\/\/[^\s,/]+)*$/,
        'origins with commas between them',
      ],
      description: 'Further web origins that may use the API, with commas between them.',
    },
  },
} as const satisfies OptionTable<Record<string, import('@parley/runtime').Option>>

export type GatewayConfig = ValuesOf<typeof gatewayOptions.options>
