import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { isReservedName, nameCandidates, nameSkeleton } from './user-name.ts'

describe('user names', () => {
  for (const [a, b] of [
    ['anna', 'a_n.n_a'],
    ['modern', 'rnodern'],
    ['paul', 'pau1'],
    ['bill', 'b1ii'],
    ['bob', '808'],
    ['vvim', 'wim'],
    ['claus', 'daus'],
    ['zoe5', '20es'],
  ] as const)
    test(`${a} and ${b} look alike`, () => {
      assert.equal(nameSkeleton(a), nameSkeleton(b))
    })

  for (const [a, b] of [
    ['anna', 'anne'],
    ['paul', 'paula'],
    ['max', 'mox'],
  ] as const)
    test(`${a} and ${b} do not`, () => {
      assert.notEqual(nameSkeleton(a), nameSkeleton(b))
    })

  test('names of authority are reserved in every spelling', () => {
    for (const name of ['admin', 'adm1n', 'a.d.m.i.n', 'parley', 'supp0rt', '___', 'system'])
      assert.equal(isReservedName(name), true, name)
    assert.equal(isReservedName('adminton'), false)
  })

  test('candidates are names, differ in their skeletons, and begin like the wish', () => {
    const name = fc.stringMatching(/^[a-z0-9_.]{3,32}$/)
    fc.assert(
      fc.property(
        name,
        fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1 }),
        (wish, numbers) => {
          let at = 0
          const fraction = () => numbers[at++ % numbers.length] ?? 0
          const candidates = nameCandidates(wish, fraction, 32)
          assert.ok(candidates.length >= 1)
          for (const candidate of candidates) assert.match(candidate, /^[a-z0-9_.]{3,32}$/)
          assert.equal(new Set(candidates.map(nameSkeleton)).size, candidates.length)
        },
      ),
    )
  })
})
