/**
 * One setting of a program. A table of them gives the environment variable, the flag, the type, the
 * help text and the documentation; nobody else reads the environment.
 */
export type Option = IntOption | TextOption | ChoiceOption<string> | SwitchOption | SecretOption

export interface IntOption {
  readonly type: 'int'
  readonly min: number
  readonly max: number
  readonly default: number
  /** As it is written behind the number: `ms`, `1/s`, `bytes`. */
  readonly unit?: string
  readonly description: string
}

export interface TextOption {
  readonly type: 'text'
  readonly default: string
  /** What the whole text must match, and how that is said. */
  readonly pattern?: readonly [pattern: RegExp, expected: string]
  readonly description: string
}

export interface ChoiceOption<Choice extends string> {
  readonly type: 'choice'
  readonly choices: readonly Choice[]
  readonly default: Choice
  readonly description: string
}

export interface SwitchOption {
  readonly type: 'switch'
  readonly default: boolean
  readonly description: string
}

/** Comes from the environment or, by the name with `_FILE`, from a file; never from a flag. */
export interface SecretOption {
  readonly type: 'secret'
  readonly charactersMin: number
  readonly description: string
}

/** The options of one service. `group` is part of their names; that of the program is empty. */
export interface OptionTable<Options extends Readonly<Record<string, Option>>> {
  readonly group: string
  readonly options: Options
}

export type ValuesOf<Options extends Readonly<Record<string, Option>>> = {
  readonly [Name in keyof Options]: ValueOf<Options[Name]>
}

type ValueOf<O extends Option> = O extends IntOption
  ? number
  : O extends SwitchOption
    ? boolean
    : O extends ChoiceOption<infer Choice>
      ? Choice
      : O extends SecretOption
        ? string | undefined
        : string

/** The values of a table when nobody sets anything; for tests, with some of them changed. */
export function defaultsOf<Options extends Readonly<Record<string, Option>>>(
  { options }: OptionTable<Options>,
  changes: Partial<ValuesOf<Options>> = {},
): ValuesOf<Options> {
  const values = Object.fromEntries(
    Object.entries(options).map(([name, option]) => [
      name,
      option.type === 'secret' ? undefined : option.default,
    ]),
  )
  // Each name has the value that its option says.
  return Object.freeze({ ...values, ...changes }) as ValuesOf<Options>
}

/** `admissionRate` of `gateway` is `PARLEY_GATEWAY_ADMISSION_RATE`. */
export function environmentName(group: string, name: string): string {
  return ['PARLEY', ...(group === '' ? [] : [group]), snake(name)].join('_').toUpperCase()
}

/** `admissionRate` of `gateway` is `--gateway-admission-rate`. */
export function flagName(group: string, name: string): string {
  return `--${environmentName(group, name).slice('PARLEY_'.length).toLowerCase().replaceAll('_', '-')}`
}

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`)
