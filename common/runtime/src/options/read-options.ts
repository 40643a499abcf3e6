import {
  environmentName,
  flagName,
  type Option,
  type OptionTable,
  type ValuesOf,
} from './option.ts'

type AnyTable = OptionTable<Readonly<Record<string, Option>>>
type Tables = Readonly<Record<string, AnyTable>>

export type ValuesOfTables<T extends Tables> = {
  readonly [Name in keyof T]: ValuesOf<T[Name]['options']>
}

/** Where the value of an option comes from. */
export type OptionSource = 'flag' | 'environment' | 'file' | 'default'

export interface ReadOption {
  readonly environmentName: string
  readonly flagName: string
  readonly option: Option
  /** As it may be shown: of a secret only that it is set. */
  readonly shown: string
  readonly source: OptionSource
}

/** Something that is wrong with the settings. */
export interface OptionFault {
  /** As it was written: `PARLEY_PORT`, `--port`. */
  readonly name: string
  readonly problem: string
}

export interface OptionsRead<T extends Tables> {
  /** Of use only when there are no faults. */
  readonly values: ValuesOfTables<T>
  readonly options: readonly ReadOption[]
  /** All of them at once. */
  readonly faults: readonly OptionFault[]
}

export interface OptionSources {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** By their names, `--port`. */
  readonly flags: Readonly<Record<string, string>>
  readonly readFile: (path: string) => string
}

/** Reads every option of the tables: flag before environment before default. */
export function readOptions<const T extends Tables>(
  tables: T,
  { environment, flags, readFile }: OptionSources,
): OptionsRead<T> {
  const faults: OptionFault[] = []
  const options: ReadOption[] = []
  const values: Record<string, Readonly<Record<string, unknown>>> = {}
  const knownNames = new Set<string>()
  const knownFlags = new Set<string>()
  for (const [key, { group, options: table }] of Object.entries(tables)) {
    const own: Record<string, unknown> = {}
    for (const [name, option] of Object.entries(table)) {
      const names = {
        environmentName: environmentName(group, name),
        flagName: flagName(group, name),
      }
      knownNames.add(names.environmentName)
      if (option.type === 'secret') knownNames.add(`${names.environmentName}_FILE`)
      else knownFlags.add(names.flagName)
      const found = find(option, names, { environment, flags, readFile }, faults)
      const parsed = parse(option, found.text)
      if ('problem' in parsed) faults.push({ name: found.name, problem: parsed.problem })
      else own[name] = parsed.value
      options.push({ ...names, option, source: found.source, shown: show(option, found.text) })
    }
    values[key] = Object.freeze(own)
  }
  const strangers = [
    ...Object.keys(environment)
      .filter((name) => name.startsWith('PARLEY_') && !name.startsWith('PARLEY_DEV_'))
      .filter((name) => !knownNames.has(name))
      .map((name) => ({ name, nearest: nearest(name, knownNames) })),
    ...Object.keys(flags)
      .filter((name) => !knownFlags.has(name))
      .map((name) => ({ name, nearest: nearest(name, knownFlags) })),
  ]
  for (const { name, nearest } of strangers)
    faults.push({ name, problem: `is not a setting of Parley. Did you mean ${nearest}?` })
  // Each table has the values that its options say.
  return { values: Object.freeze(values) as ValuesOfTables<T>, options, faults }
}

interface Found {
  readonly name: string
  readonly text: string | undefined
  readonly source: OptionSource
}

function find(
  option: Option,
  { environmentName: name, flagName: flag }: { environmentName: string; flagName: string },
  { environment, flags, readFile }: OptionSources,
  faults: OptionFault[],
): Found {
  const given = environment[name]
  if (option.type !== 'secret') {
    const flagged = flags[flag]
    if (flagged !== undefined) return { name: flag, text: flagged, source: 'flag' }
    if (given !== undefined) return { name, text: given, source: 'environment' }
    return { name, text: undefined, source: 'default' }
  }
  const file = environment[`${name}_FILE`]
  if (given !== undefined && file !== undefined)
    faults.push({ name, problem: `is set twice: here and by ${name}_FILE. Keep one of them.` })
  if (given !== undefined) return { name, text: given, source: 'environment' }
  if (file === undefined) return { name, text: undefined, source: 'default' }
  try {
    return { name: `${name}_FILE`, text: readFile(file).trimEnd(), source: 'file' }
  } catch {
    faults.push({ name: `${name}_FILE`, problem: `names a file that cannot be read: ${file}` })
    return { name: `${name}_FILE`, text: undefined, source: 'file' }
  }
}

function parse(
  option: Option,
  text: string | undefined,
): { readonly value: unknown } | { readonly problem: string } {
  switch (option.type) {
    case 'int': {
      if (text === undefined) return { value: option.default }
      const value = /^-?\d+$/.test(text.trim()) ? Number(text) : Number.NaN
      if (value >= option.min && value <= option.max) return { value }
      const unit = option.unit === undefined ? '' : ` ${option.unit}`
      return { problem: `is "${text}", not a number from ${option.min} to ${option.max}${unit}` }
    }
    case 'switch':
      if (text === undefined) return { value: option.default }
      if (text === 'true' || text === '') return { value: true }
      if (text === 'false') return { value: false }
      return { problem: `is "${text}", neither true nor false` }
    case 'choice':
      if (text === undefined) return { value: option.default }
      if (option.choices.includes(text)) return { value: text }
      return { problem: `is "${text}", none of ${option.choices.join(', ')}` }
    case 'text': {
      if (text === undefined) return { value: option.default }
      const [pattern, expected] = option.pattern ?? [/^/, '']
      return pattern.test(text) ? { value: text } : { problem: `is "${text}", not ${expected}` }
    }
    case 'secret':
      if (text === undefined || text.length >= option.charactersMin) return { value: text }
      return { problem: `has ${text.length} characters, fewer than ${option.charactersMin}` }
  }
}

function show(option: Option, text: string | undefined): string {
  if (option.type === 'secret')
    return text === undefined ? 'not set' : `set (${text.length} characters)`
  return text ?? String(option.default)
}

function nearest(name: string, known: ReadonlySet<string>): string {
  let best = { distance: Number.POSITIVE_INFINITY, name: '' }
  for (const candidate of known) {
    const distance = editDistance(name, candidate)
    if (distance < best.distance) best = { distance, name: candidate }
  }
  return best.name
}

/** Levenshtein: how many letters must be put in, left out or changed. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
