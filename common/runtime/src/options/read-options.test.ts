import assert from 'node:assert/strict'
import { test } from 'node:test'
import { optionsAsExample, optionsAsMarkdown } from './describe-options.ts'
import { defaultsOf } from './option.ts'
import { readOptions } from './read-options.ts'

const tables = {
  runtime: {
    group: '',
    options: {
      port: { type: 'int', min: 0, max: 65_535, default: 8080, description: 'Where it listens.' },
      logLevel: {
        type: 'choice',
        choices: ['info', 'debug'],
        default: 'info',
        description: 'What is logged.',
      },
    },
  },
  gateway: {
    group: 'gateway',
    options: {
      admissionRate: {
        type: 'int',
        min: 1,
        max: 10_000,
        default: 500,
        unit: '1/s',
        description: 'New sockets.',
      },
      isStrict: { type: 'switch', default: false, description: 'Strict.' },
      pushKey: { type: 'secret', charactersMin: 8, description: 'A key.' },
    },
  },
} as const

const read = (
  environment: Record<string, string>,
  flags: Record<string, string> = {},
  files: Record<string, string> = {},
) =>
  readOptions(tables, {
    environment,
    flags,
    readFile(path) {
      const text = files[path]
      if (text === undefined) throw new Error('no such file')
      return text
    },
  })

test('a flag wins over the environment, and that over the default', () => {
  const { values, faults } = read(
    { PARLEY_PORT: '1', PARLEY_GATEWAY_ADMISSION_RATE: '7' },
    { '--port': '2' },
  )
  assert.deepEqual(faults, [])
  assert.equal(values.runtime.port, 2)
  assert.equal(values.gateway.admissionRate, 7)
  assert.equal(values.runtime.logLevel, 'info')
})

test('all faults are told at once', () => {
  const { faults } = read({
    PARLEY_PORT: '65536',
    PARLEY_LOG_LEVEL: 'loud',
    PARLEY_GATEWAY_ADMISSION_RATE: '1e3',
    PARLEY_GATEWAY_IS_STRICT: 'maybe',
    PARLEY_GATEWAY_PUSH_KEY: 'short',
  })
  assert.deepEqual(
    faults.map(({ name }) => name),
    [
      'PARLEY_PORT',
      'PARLEY_LOG_LEVEL',
      'PARLEY_GATEWAY_ADMISSION_RATE',
      'PARLEY_GATEWAY_IS_STRICT',
      'PARLEY_GATEWAY_PUSH_KEY',
    ],
  )
})

test('an unknown name is a fault that names the nearest known one', () => {
  const { faults } = read({ PARLEY_PROT: '1', PARLEY_DEV_X: '1' }, { '--log-levle': 'info' })
  assert.deepEqual(faults, [
    { name: 'PARLEY_PROT', problem: 'is not a setting of Parley. Did you mean PARLEY_PORT?' },
    { name: '--log-levle', problem: 'is not a setting of Parley. Did you mean --log-level?' },
  ])
})

test('a secret comes from a file, and is never shown', () => {
  const { values, options } = read(
    { PARLEY_GATEWAY_PUSH_KEY_FILE: '/key' },
    {},
    { '/key': 'correct horse\n' },
  )
  assert.equal(values.gateway.pushKey, 'correct horse')
  assert.deepEqual(
    options.filter(({ option }) => option.type === 'secret').map(({ shown }) => shown),
    ['set (13 characters)'],
  )
})

test('a secret that is set twice, and a file that is missing, are faults', () => {
  const twice = read(
    { PARLEY_GATEWAY_PUSH_KEY: 'long enough', PARLEY_GATEWAY_PUSH_KEY_FILE: '/key' },
    {},
    { '/key': 'long enough' },
  )
  assert.equal(twice.faults.length, 1)
  assert.equal(read({ PARLEY_GATEWAY_PUSH_KEY_FILE: '/none' }).faults.length, 1)
})

test('a secret is no flag', () => {
  assert.equal(read({}, { '--gateway-push-key': 'long enough' }).faults.length, 1)
})

test('the tables describe themselves', () => {
  assert.match(optionsAsMarkdown(tables), /\| `PARLEY_PORT` \| `--port` \| 8080 \| 0 to 65535 \|/)
  assert.match(optionsAsExample(tables), /#PARLEY_GATEWAY_ADMISSION_RATE=500/)
  assert.deepEqual(defaultsOf(tables.gateway, { isStrict: true }), {
    admissionRate: 500,
    isStrict: true,
    pushKey: undefined,
  })
})
