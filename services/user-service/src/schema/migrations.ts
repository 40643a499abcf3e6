import type { Migrations } from '@parley/engines'
import { accounts } from './0001-accounts.expand.ts'

/** By rising name. An applied one is never changed. */
export const migrations: Migrations = { '0001-accounts.expand': accounts }
