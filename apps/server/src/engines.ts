import { type EmbeddedEngines, openEmbeddedEngines } from '@parley/engines'
import { ChatError } from '@parley/protocol'
import { type Clock, StartError } from '@parley/runtime'
import type { CoreConfig } from './core-options.ts'
import { roleNames } from './role-names.ts'

type EngineChoice = Pick<CoreConfig, 'engines' | 'roles' | 'data'>

/** Refuses what this release cannot do, with a `StartError`, before anything is opened. */
export function checkEngines({ engines, roles }: EngineChoice): void {
  if (engines === 'cluster')
    throw new StartError(
      'The engines of a cluster are not part of this release. Use --engines=embedded.',
    )
  const unknown = roles.split(',').filter((role) => role !== 'all' && !isRole(role))
  if (unknown.length > 0)
    throw new StartError(
      `There is no role "${unknown.join('", "')}". Roles are: all, ${roleNames.join(', ')}.`,
    )
  if (roles !== 'all')
    throw new StartError(
      'With embedded engines all services run in one process, because they share its data folder. ' +
        'Use --roles=all.',
    )
}

/** The only place that asks which engines there are. */
export async function openEngines(choice: EngineChoice, clock: Clock): Promise<EmbeddedEngines> {
  checkEngines(choice)
  const { data } = choice
  try {
    return await openEmbeddedEngines({
      dataFolder: data,
      nowMs: () => clock.nowMs(),
      monotonicMs: () => clock.monotonicMs(),
    })
  } catch (cause) {
    if (cause instanceof ChatError && cause.code === 'conflict')
      throw new StartError(
        `Another Parley uses the data folder ${data}. Stop it, or choose another folder with --data.`,
        { cause },
      )
    if (isFileError(cause))
      throw new StartError(
        `The data folder ${data} cannot be used (${cause.code}). Check who owns it and how full the disk is.`,
        { cause },
      )
    throw cause
  }
}

const isRole = (role: string): boolean => roleNames.some((name) => name === role)

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return code !== undefined && /^E[A-Z]+$/.test(code)
}
