import { optionsAsExample, optionsAsMarkdown } from '@parley/runtime'
import { type Command, takeFlags } from '../command.ts'
import { readSettings, settingTables } from '../settings.ts'

export const config: Command = {
  usage: 'config check|print|docs|example',
  summary: 'Look at the settings.',
  help: () => `  parley config check    says everything that is wrong with the settings
  parley config print    shows each setting, its value and where that comes from
  parley config docs     lists every setting there is, as Markdown
  parley config example  writes a file of environment variables, commented out

Secrets are never shown. --json prints one object.`,
  async run({ words, flags }, terminal) {
    const { own, settings } = takeFlags(flags, ['--json'])
    const isJson = own['--json'] !== undefined
    const { options, faults } = readSettings(settings, terminal.environment)
    switch (words[0]) {
      case 'check':
        if (isJson) terminal.print(JSON.stringify({ faults }))
        else if (faults.length === 0) terminal.print('The settings are fine.')
        else for (const { name, problem } of faults) terminal.print(`${name} ${problem}`)
        return faults.length === 0 ? 0 : 3
      case 'print': {
        const rows = options.map(({ environmentName, shown, source }) => ({
          name: environmentName,
          value: shown,
          source,
        }))
        if (isJson) terminal.print(JSON.stringify({ options: rows, faults }))
        else
          for (const { name, value, source } of rows)
            terminal.print(`${name}=${value}  (${source})`)
        return faults.length === 0 ? 0 : 3
      }
      case 'docs':
        terminal.print(optionsAsMarkdown(settingTables))
        return 0
      case 'example':
        terminal.print(optionsAsExample(settingTables))
        return 0
      default:
        terminal.complain('Say one of: parley config check, print, docs, example.')
        return 2
    }
  },
}
