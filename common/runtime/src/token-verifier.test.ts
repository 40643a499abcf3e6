import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ChatError, type ErrorCode } from '@parley/protocol'
import { base64url, CompactSign, exportJWK, generateKeyPair } from 'jose'
import {
  createTokenVerifier,
  tokenAudience,
  tokenIssuer,
  type VerifiedToken,
} from './token-verifier.ts'

const user = '0198c0de-0000-7000-8000-000000000001'
const device = '0198c0de-0000-7000-8000-000000000002'

async function world() {
  const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1' }
  const published = { keys: [jwk] }
  let nowMs = 1_000_000
  let fetches = 0
  const revoked = new Set<string>()
  const verify = createTokenVerifier({
    fetchKeys: async () => {
      fetches += 1
      return published
    },
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    isRevoked: (token: VerifiedToken) => revoked.has(token.device),
  })
  const claims = {
    iss: tokenIssuer,
    aud: tokenAudience,
    sub: user,
    sid: device,
    sv: 1,
    scp: 'all',
    exp: 1_600,
  }
  const sign = (
    { header = {}, ...changed }: Readonly<Record<string, unknown>> = {},
    key = pair.privateKey,
  ) =>
    new CompactSign(new TextEncoder().encode(JSON.stringify({ ...claims, ...changed })))
      .setProtectedHeader({
        alg: 'EdDSA',
        typ: 'at+jwt',
        kid: 'k1',
        ...(header as Readonly<Record<string, unknown>>),
      })
      .sign(key)
  return {
    verify,
    sign,
    pair,
    published,
    revoked,
    fetches: () => fetches,
    advance(ms: number) {
      nowMs += ms
    },
  }
}

const refusedWith = (code: ErrorCode) => (error: unknown) =>
  error instanceof ChatError && error.code === code

describe('the token verifier', () => {
  test('gives the caller of a valid token, and fetches the keys once', async () => {
    const { verify, sign, fetches } = await world()
    const token = await sign()
    const expected = { user, device, sessionVersion: 1, scope: 'all', expiresAtMs: 1_600_000 }
    assert.deepEqual(await Promise.all([verify(token), verify(token)]), [expected, expected])
    assert.deepEqual(await verify(token), expected)
    assert.equal(fetches(), 1)
  })

  test('a token ends when it expires, remembered or not', async () => {
    const { verify, sign, advance } = await world()
    const token = await sign()
    await verify(token)
    advance(600_000)
    await assert.rejects(verify(token), refusedWith('unauthenticated'))
    await assert.rejects(verify(await sign()), refusedWith('unauthenticated'))
  })

  test('a revoked device is refused although its token was verified before', async () => {
    const { verify, sign, revoked } = await world()
    const token = await sign()
    await verify(token)
    revoked.add(device)
    await assert.rejects(verify(token), refusedWith('revoked'))
  })

  for (const [title, change] of [
    ['another issuer', { iss: 'x' }],
    ['another audience', { aud: 'x' }],
    ['a list of audiences', { aud: ['parley'] }],
    ['no device', { sid: undefined }],
    ['no expiry', { exp: undefined }],
    ['another type', { header: { typ: 'JWT' } }],
    ['a key in the header', { header: { jwk: { kty: 'OKP', crv: 'Ed25519', x: 'AA' } } }],
    ['a key address', { header: { jku: 'https://evil.example' } }],
    ['a certificate address', { header: { x5u: 'https://evil.example' } }],
    ['an unknown key id', { header: { kid: 'k2' } }],
  ] as const)
    test(`refuses ${title}`, async () => {
      const { verify, sign } = await world()
      await assert.rejects(verify(await sign(change)), refusedWith('unauthenticated'))
    })

  test('refuses the algorithm none, an HMAC with the public key, and a foreign key', async () => {
    const { verify, sign, published } = await world()
    const [, payload, signature] = (await sign()).split('.')
    const header = (fields: object) =>
      base64url.encode(JSON.stringify({ typ: 'at+jwt', kid: 'k1', ...fields }))
    const secret = new TextEncoder().encode(published.keys[0]?.x)
    const hmac = await new CompactSign(new TextEncoder().encode('{}'))
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'k1' })
      .sign(secret)
    const foreign = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
    for (const token of [
      `${header({ alg: 'none' })}.${payload}.`,
      `${header({ alg: 'none' })}.${payload}.${signature}`,
      hmac,
      await sign({}, foreign.privateKey),
      'a.b.c',
      '',
      'x'.repeat(10_000),
    ])
      await assert.rejects(verify(token), refusedWith('unauthenticated'))
  })

  test('a new key is fetched when it is first seen, and unknown ids cannot make us fetch more', async () => {
    const { verify, sign, published, fetches, advance } = await world()
    await verify(await sign())
    const next = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
    const token = await sign({ header: { kid: 'k2' } }, next.privateKey)
    for (let n = 0; n < 20; n += 1)
      await assert.rejects(verify(token), refusedWith('unauthenticated'))
    assert.equal(fetches(), 1)
    published.keys.push({ ...(await exportJWK(next.publicKey)), kid: 'k2' })
    advance(5_000)
    assert.equal((await verify(token)).user, user)
    assert.equal(fetches(), 2)
  })

  test('without keys it says unavailable, and asks again', async () => {
    let isDown = true
    const { pair, sign } = await world()
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1' }
    const verify = createTokenVerifier({
      fetchKeys: async () => {
        if (isDown) throw new Error('down')
        return { keys: [jwk] }
      },
      clock: { nowMs: () => 0, monotonicMs: () => 0 },
    })
    const token = await sign()
    await assert.rejects(verify(token), refusedWith('unavailable'))
    isDown = false
    assert.equal((await verify(token)).device, device)
  })
})
