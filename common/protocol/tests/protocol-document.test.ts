import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { clientLimits } from '../src/client-limits.ts'
import { errorFacts } from '../src/errors.ts'
import { frameFields } from '../src/frame-fields.ts'
import { limits } from '../src/limits.ts'
import { rejectReasons } from '../src/reject-reason.ts'
import { protocolVersion } from '../src/version.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const text = readFileSync(join(root, 'docs/PROTOCOL.md'), 'utf8')

/** The rows of the table whose head has these columns, without the last one: that is for people. */
function rowsUnder(...head: readonly string[]): readonly (readonly string[])[] {
  const lines = text.split('\n').map(cellsOf)
  const at = lines.findIndex((cells) => cells.join('|') === head.join('|'))
  assert.ok(at >= 0, `a table of ${head.join(', ')}`)
  const end = lines.findIndex((cells, index) => index > at && cells.length === 0)
  return lines.slice(at + 2, end < 0 ? undefined : end).map((cells) => {
    assert.notEqual(cells.at(-1), '', `something is said of ${cells[0]}`)
    return cells.slice(0, -1)
  })
}

function cellsOf(line: string): readonly string[] {
  const cells = line.split('|').map((cell) => cell.trim().replaceAll('`', ''))
  return cells.slice(1, -1)
}

const yesOrNo = (value: boolean) => (value ? 'yes' : 'no')

describe('docs/PROTOCOL.md', () => {
  const rules = [...text.matchAll(/^\*\*\[P(\d+)\]\*\*/gm)].map(([, number]) => Number(number))

  test('numbers its rules once, and rising', () => {
    assert.ok(rules.length > 40)
    assert.deepEqual(
      rules,
      [...new Set(rules)].sort((a, b) => a - b),
    )
  })

  test('is what tests prove: each names rules that exist, and no rule is without one', () => {
    const pattern = String.raw`\[P[0-9]+\]`
    const files = ['*.test.ts', '*.suite.ts', '*.contract.ts']
    const found = execFileSync('git', ['grep', '-hoE', '--untracked', pattern, '--', ...files], {
      cwd: root,
      encoding: 'utf8',
    })
    const named = new Set([...found.matchAll(/\[P(\d+)\]/g)].map(([, number]) => Number(number)))
    assert.deepEqual(
      [...named].sort((a, b) => a - b),
      rules,
    )
  })

  test('[P63] says of every error what the code says', () => {
    assert.deepEqual(
      rowsUnder('code', 'HTTP status', 'close code', 'retryable', 'meaning'),
      Object.entries(errorFacts).map(([code, { httpStatus, closeCode, retryable }]) => [
        code,
        `${httpStatus}`,
        `${closeCode}`,
        yesOrNo(retryable),
      ]),
    )
  })

  test('[P27] says of every reason whether it is final', () => {
    assert.deepEqual(
      rowsUnder('reason', 'final', 'what the device does'),
      Object.entries(rejectReasons).map(([reason, { isFinal }]) => [reason, yesOrNo(isFinal)]),
    )
  })

  test('[P70] has every limit that a client meets', () => {
    assert.deepEqual(
      rowsUnder('limit', 'value', 'what it limits'),
      clientLimits.map((name) => [name, limits[name].toLocaleString('en')]),
    )
    const named = [...text.matchAll(/`(\w+(?:Max|Min|Ms|Per[A-Z]\w+))`/g)].map(([, name]) => name)
    assert.deepEqual(
      named.filter((name) => !clientLimits.some((limit) => limit === name)),
      [],
      'limits in the rules are in the table',
    )
  })

  test('[P83] has a line for the newest version', () => {
    const rows = rowsUnder('version', 'what it brought')
    assert.deepEqual(rows.at(-1), [`${protocolVersion}`])
  })

  test('speaks of every kind of frame', () => {
    const silent = Object.keys(frameFields).filter((kind) => !new RegExp(`\`${kind}\``).test(text))
    assert.deepEqual(silent, [])
  })

  test('leads to the schema', () => {
    const path = 'common/protocol/proto/parley/v1/frames.proto'
    assert.ok(text.includes(path) && existsSync(join(root, path)))
  })
})
