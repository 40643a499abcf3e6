import { environmentName, flagName, type Option, type OptionTable } from './option.ts'

type Tables = Readonly<Record<string, OptionTable<Readonly<Record<string, Option>>>>>

/** The tables as Markdown, for `docs/`. */
export function optionsAsMarkdown(tables: Tables): string {
  const sections = Object.entries(tables).map(([key, { group, options }]) => {
    const rows = Object.entries(options).map(([name, option]) => {
      const flag = option.type === 'secret' ? '-' : `\`${flagName(group, name)}\``
      const names = `\`${environmentName(group, name)}\` | ${flag}`
      return `| ${names} | ${defaultText(option)} | ${expectedText(option)} | ${option.description} |`
    })
    return [
      `### ${key}`,
      '',
      '| variable | flag | default | values | meaning |',
      '|---|---|---|---|---|',
      ...rows,
      '',
    ].join('\n')
  })
  return sections.join('\n')
}

/** A file of environment variables with every option in it, commented out. */
export function optionsAsExample(tables: Tables): string {
  return Object.entries(tables)
    .flatMap(([, { group, options }]) =>
      Object.entries(options).map(([name, option]) => {
        const value = option.type === 'secret' ? '' : String(option.default)
        return `# ${option.description} (${expectedText(option)})\n#${environmentName(group, name)}=${value}\n`
      }),
    )
    .join('\n')
}

/** Lines for `--help`. */
export function optionsAsHelp(tables: Tables): string {
  return Object.entries(tables)
    .flatMap(([, { group, options }]) =>
      Object.entries(options)
        .filter(([, option]) => option.type !== 'secret')
        .map(
          ([name, option]) =>
            `  ${flagName(group, name).padEnd(42)} ${option.description} (${defaultText(option)})`,
        ),
    )
    .join('\n')
}

function defaultText(option: Option): string {
  if (option.type === 'secret') return 'made by itself'
  if (option.type === 'int' && option.unit !== undefined) return `${option.default} ${option.unit}`
  return option.default === '' ? 'empty' : String(option.default)
}

function expectedText(option: Option): string {
  switch (option.type) {
    case 'int':
      return `${option.min} to ${option.max}`
    case 'switch':
      return 'true or false'
    case 'choice':
      return option.choices.join(', ')
    case 'text':
      return option.pattern?.[1] ?? 'text'
    case 'secret':
      return `${option.charactersMin} characters or more; or a file, by the name with _FILE`
  }
}
