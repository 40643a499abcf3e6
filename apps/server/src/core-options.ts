import { limits } from '@parley/protocol'
import type { Option, OptionTable, ValuesOf } from '@parley/runtime'

/** Settings of the whole program. */
export const coreOptions = {
  group: '',
  options: {
    port: {
      type: 'int',
      min: 0,
      max: 65_535,
      default: 8080,
      description: 'Port of the product; 0 takes any that is free.',
    },
    opsPort: {
      type: 'int',
      min: 0,
      max: 65_535,
      default: 9090,
      description: 'Port for operators: health, metrics, version. Never make it public.',
    },
    listen: {
      type: 'text',
      default: '127.0.0.1',
      pattern: [/^[\w.:-]+$/, 'a host name or an address'],
      description: 'Address that the product listens on; 0.0.0.0 is every network of the machine.',
    },
    opsListen: {
      type: 'text',
      default: '127.0.0.1',
      pattern: [/^[\w.:-]+$/, 'a host name or an address'],
      description: 'Address that the port for operators listens on.',
    },
    data: {
      type: 'text',
      default: './data',
      pattern: [/./, 'a folder'],
      description: 'Folder that holds everything; back it up.',
    },
    publicUrl: {
      type: 'text',
      default: '',
      pattern: [/^$|^https?:\/\/[^\s/?#]+\/?$/, 'an address like https://chat.example.org'],
      description: 'Where people reach this installation; empty: localhost at the port.',
    },
    roles: {
      type: 'text',
      default: 'all',
      pattern: [/^[a-z-]+(,[a-z-]+)*$/, 'all, or services with commas between them'],
      description: 'Services that run in this process: all, or names with commas between them.',
    },
    engines: {
      type: 'choice',
      choices: ['embedded', 'cluster'],
      default: 'embedded',
      description: 'Where data is kept: embedded is the data folder.',
    },
    cell: {
      type: 'int',
      min: 0,
      max: limits.cells - 1,
      default: 0,
      description: 'Number of this installation in ids.',
    },
    logLevel: {
      type: 'choice',
      choices: ['debug', 'info', 'warn', 'error'],
      default: 'info',
      description: 'What is logged: this and everything more important.',
    },
  },
} as const satisfies OptionTable<Readonly<Record<string, Option>>>

export type CoreConfig = ValuesOf<(typeof coreOptions)['options']>
