import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ChatError } from '@parley/protocol'
import fc from 'fast-check'
import { checkNewPassword, guessableParts, normalPassword } from './password-policy.ts'

const name = 'karl.newton'

function verdict(password: string): string {
  try {
    checkNewPassword(normalPassword(password), name)
    return 'taken'
  } catch (error) {
    return error instanceof ChatError ? error.code : 'thrown'
  }
}

describe('the password policy', () => {
  for (const password of [
    'passwordpassword',
    'password12345678',
    'P4ssw0rd!P4ssw0rd!',
    'p.a.s.s.w.o.r.d.1',
    'aaaaaaaaaaaaaaaa',
    '123456789012345',
    '987654321098765',
    'qwertyuiopasdfgh',
    '1qaz2wsx3edc4rfv',
    'abcabcabcabcabcabc',
    'iloveyou iloveyou',
    'Sommer2024Sommer',
    'letmein-letmein-letmein',
    'correct horse battery staple',
    'to be or not to be',
    'karl.newton.1999',
    'newton newton newton',
    'KarlNewton-password',
    'liverpool-arsenal',
  ])
    test(`refuses ${password}`, () => {
      assert.equal(verdict(password), 'weak-password')
    })

  for (const password of [
    'seven violet umbrellas hum',
    'kx93 vqpz 71fm ow',
    'mein Fahrrad quietscht am Kanal',
    'Zwölf Boxkämpfer jagen Viktor',
    '我的自行车在运河边吱吱作响哦哦哦',
    'a password with strange walnuts inside',
    'tiger velvet oboe 19 plinth',
  ])
    test(`takes ${password}`, () => {
      assert.equal(verdict(password), 'taken')
    })

  test('counts characters, and bytes at the upper end', () => {
    assert.equal(verdict('kx93vqpz71fmow'), 'weak-password')
    assert.equal(verdict('kx93vqpz71fmowb'), 'taken')
    const long = 'kx93 vqpz 71fm '.repeat(18).slice(0, 240)
    assert.equal(verdict(`${long}${'ö§üäßqéà'.slice(0, 8)}`), 'taken')
    assert.equal(verdict('§kx9'.repeat(52)), 'too-large')
  })

  test('never takes long, and never counts more parts than there are characters', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 256, unit: 'binary' }), (password) => {
        const parts = guessableParts(normalPassword(password), name)
        assert.ok(parts <= normalPassword(password).toLowerCase().length)
      }),
      { numRuns: 200 },
    )
  })
})
