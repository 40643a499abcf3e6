import { readFileSync } from 'node:fs'
import { gatewayOptions } from '@parley/api-gateway'
import { presenceOptions } from '@parley/presence-service'
import { type OptionsRead, readOptions, type ValuesOfTables } from '@parley/runtime'
import { userOptions } from '@parley/user-service'
import { coreOptions } from './core-options.ts'

/** Every setting there is, by the part of the program it belongs to. */
export const settingTables = {
  core: coreOptions,
  gateway: gatewayOptions,
  user: userOptions,
  presence: presenceOptions,
} as const

export type Settings = ValuesOfTables<typeof settingTables>

/** From flags, such as `--port`, and the environment. */
export function readSettings(
  flags: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string | undefined>>,
): OptionsRead<typeof settingTables> {
  return readOptions(settingTables, {
    flags,
    environment,
    readFile: (path) => readFileSync(path, 'utf8'),
  })
}

export const defaultSettings = (): Settings => readSettings({}, {}).values
