import type { ServerProcess, ServerProcessOptions } from '@parley/testing'

export interface ScenarioInput {
  /** A server on a fresh data folder; `again` after it has ended goes on with the same folder. */
  readonly startServer: (options?: Partial<ServerProcessOptions>) => Promise<ServerProcess>
  readonly ratePerSecond: number | undefined
  readonly seconds: number | undefined
  readonly size: number | undefined
  readonly say: (line: string) => void
}

/** One measurement; its answer is what is printed, beside the facts of the machine. */
export type Scenario = (input: ScenarioInput) => Promise<Readonly<Record<string, unknown>>>
