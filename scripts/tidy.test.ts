/**
 * `npm run tidy`: rules of the house that no other tool knows. Each looks at every tracked file of
 * its kind, and fails when there was nothing to look at.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(file))

const isMade = (file: string) => /(^|\/)(generated|pkg|vectors)\/|package-lock\.json$/.test(file)
const sources = files.filter((file) => /\.tsx?$/.test(file) && !isMade(file))
const tests = sources.filter((file) => /\.test\.tsx?$/.test(file))
const products = sources.filter(
  (file) => /^(apps|services|clients|common)\//.test(file) && !isForTests(file),
)
const packages = files.filter((file) => /(^|\/)package\.json$/.test(file))
const texts = files.filter(
  (file) =>
    /\.(ts|tsx|js|cjs|mjs|json|md|yml|yaml|css|html|sh|toml|rs)$/.test(file) && !isMade(file),
)

function isForTests(file: string): boolean {
  return /\.(test|contract|bench)\.tsx?$|\/testing\.ts$|\/tests?\/|^common\/testing\/|\/scripts\//.test(
    file,
  )
}

const read = (file: string) => readFileSync(file, 'utf8')

function offenders(among: readonly string[], pattern: RegExp): readonly string[] {
  assert.ok(among.length > 0, 'there is something to look at')
  return among.flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, index) =>
        pattern.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : [],
      ),
  )
}

describe('the house', () => {
  test('the environment is read by config tables alone', () => {
    const allowed = /^common\/runtime\/src\/|config\.ts$|^apps\/server\//
    assert.deepEqual(
      offenders(
        products.filter((file) => !allowed.test(file)),
        /process\.env/,
      ),
      [],
    )
  })

  test('no test is skipped, singled out or left for later', () => {
    const pattern = /\b(test|it|describe)\.(skip|only|todo)\(|\{ *(skip|only|todo): *true/
    assert.deepEqual(offenders(tests, pattern), [])
  })

  test('every test file asserts something', () => {
    const silent = tests.filter((file) => !/assert|Contract|Suite|fc\.assert/.test(read(file)))
    assert.deepEqual(silent, [])
  })

  test('nothing is left undone in a comment', () => {
    const self = 'scripts/tidy.test.ts'
    const pattern = /\b(TODO|FIXME|XXX|HACK)\b|@ts-ignore|@ts-expect-error/
    assert.deepEqual(
      offenders(
        sources.filter((file) => file !== self),
        pattern,
      ),
      [],
    )
  })

  test('markup is never made from strings', () => {
    const web = products.filter((file) => /^(apps\/web|clients)\//.test(file))
    const pattern = /\.(innerHTML|outerHTML) *=|insertAdjacentHTML|\beval\(|new Function\(/
    assert.deepEqual(offenders(web, pattern), [])
  })

  test('dependencies are pinned exactly, and every package is private', () => {
    for (const file of packages) {
      const { name, dependencies, devDependencies, ...rest } = JSON.parse(read(file))
      assert.equal(rest.private, true, `${file} is private`)
      for (const [dependency, version] of Object.entries({ ...dependencies, ...devDependencies }))
        assert.match(String(version), /^(npm:[\w@/-]+@)?\d+\.\d+\.\d+$/, `${name}: ${dependency}`)
    }
  })

  test('only the install scripts that are named can run, and none but node is needed', () => {
    const { packages: locked } = JSON.parse(read('package-lock.json'))
    const withScripts = Object.entries<{ readonly hasInstallScript?: boolean }>(locked)
      .filter(([, { hasInstallScript }]) => hasInstallScript === true)
      .map(([path]) => path.replace(/^.*node_modules\//, ''))
      .sort()
    // fsevents: macOS only, optional. buf: works with its script blocked.
    const known = ['@bufbuild/buf', 'fsevents', 'node']
    assert.deepEqual(
      withScripts.filter((name) => !known.includes(name)),
      [],
    )
    assert.ok(withScripts.includes('node'))
  })

  test('the lock file names no registry', () => {
    assert.doesNotMatch(read('package-lock.json'), /"resolved": "http/)
  })

  test('no file names a place on the machine it was written on', () => {
    const pattern = /(^|[^\w.])\/(work|root|home)\/[\w.-]+/
    const among = texts.filter((file) => file !== 'scripts/tidy.test.ts')
    assert.deepEqual(offenders(among, pattern), [])
  })

  test('links in documents lead somewhere', () => {
    const documents = files.filter((file) => file.endsWith('.md'))
    assert.ok(documents.length > 0)
    const broken = documents.flatMap((file) =>
      [...read(file).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g)].flatMap(
        ([, target]) =>
          target === undefined || existsSync(join(dirname(file), target))
            ? []
            : [`${file}: ${target}`],
      ),
    )
    assert.deepEqual(broken, [])
  })

  test('a source file is about one thing: 500 lines at most', () => {
    const long = sources
      .map((file) => ({ file, lines: read(file).split('\n').length }))
      .filter(({ lines }) => lines > 500)
      .map(({ file, lines }) => `${file}: ${lines} lines`)
    assert.deepEqual(long, [])
  })

  test('file names are kebab-case', () => {
    const odd = sources.filter(
      (file) => !/^[a-z0-9]+([.-][a-z0-9]+)*\.tsx?$/.test(file.replace(/^.*\//, '')),
    )
    assert.deepEqual(odd, [])
  })
})
