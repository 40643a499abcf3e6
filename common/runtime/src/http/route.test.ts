import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bytesText, ChatError, count, limits, userIdShape } from '@parley/protocol'
import { z } from 'zod'
import type { VerifiedToken } from '../token-verifier.ts'
import { openApiDocument, openApiPaths } from './openapi.ts'
import { httpApp, route } from './route.ts'

const user = '0198c0de-0000-7000-8000-000000000001'
const caller: VerifiedToken = {
  user: user as VerifiedToken['user'],
  device: '0198c0de-0000-7000-8000-000000000002' as VerifiedToken['device'],
  sessionVersion: 1,
  scope: 'all',
  expiresAtMs: 1,
}

const contracts = {
  greet: {
    method: 'post',
    path: '/v1/greetings/{user}',
    isPublic: false,
    query: z.strictObject({ times: z.coerce.number().int().default(1) }),
    request: z.strictObject({ text: z.string(), more: z.unknown().optional() }),
    answer: z.strictObject({ text: z.string(), by: userIdShape, times: count }),
  },
  fail: { method: 'get', path: '/v1/fail', isPublic: true, answer: z.strictObject({}) },
  leak: { method: 'get', path: '/v1/leak', isPublic: true, answer: z.strictObject({}) },
  late: { method: 'get', path: '/v1/late', isPublic: true, answer: z.strictObject({}) },
  bytes: { method: 'get', path: '/v1/bytes/{hash}', isPublic: true },
  inside: { method: 'get', path: '/internal/x', answer: z.strictObject({ blob: bytesText(8) }) },
} as const

function app() {
  const reported: Error[] = []
  const leaking = { secret: 'x' }
  const fetch = httpApp({
    verify: async (token) => {
      if (token !== 'good') throw new ChatError('unauthenticated', 'no')
      return caller
    },
    report: (error) => reported.push(error),
    routes: [
      route(contracts.greet, async ({ body, caller, query }) => ({
        text: body.text,
        by: caller.user,
        times: query.times,
      })),
      route(contracts.fail, async () => {
        throw new Error('disk 3 on fire')
      }),
      route(contracts.leak, async () => leaking as object as Record<string, never>),
      route(contracts.late, async () => {
        throw new ChatError('rate', 'slow down', { retryAfterMs: 1_500 })
      }),
      route(contracts.bytes, async ({ params }) => new Response(params.hash)),
      route(contracts.inside, async () => ({ blob: 'AAAA' })),
    ],
  })
  const post = (body: string, headers: Readonly<Record<string, string>> = {}) =>
    fetch(
      new Request(`http://x/v1/greetings/${user}?times=2`, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          authorization: 'Bearer good',
          ...headers,
        },
      }),
    )
  return { fetch, post, reported, get: (path: string) => fetch(new Request(`http://x${path}`)) }
}

const codeOf = async (response: Response): Promise<string> =>
  ((await response.json()) as { error: { code: string } }).error.code

describe('routes', () => {
  test('a handler gets what the contract says, and its answer is checked', async () => {
    const response = await app().post('{"text":"hello"}')
    assert.equal(response.status, 200)
    assert.deepEqual(await response.json(), { text: 'hello', by: user, times: 2 })
  })

  test('nobody passes without a token but on public and internal routes', async () => {
    const { get, post } = app()
    assert.equal(
      await codeOf(await post('{"text":"hello"}', { authorization: '' })),
      'unauthenticated',
    )
    assert.equal(
      await codeOf(await post('{"text":""}', { authorization: 'Bearer bad' })),
      'unauthenticated',
    )
    assert.equal((await get('/internal/x')).status, 200)
    assert.equal(await (await get('/v1/bytes/abc')).text(), 'abc')
  })

  test('an unexpected error is reported, and its text is not given away', async () => {
    const { get, reported } = app()
    const response = await get('/v1/fail')
    assert.equal(response.status, 500)
    assert.doesNotMatch(await response.text(), /fire/)
    assert.equal(reported.length, 1)
  })

  test('an answer with a field that the contract does not name never leaves', async () => {
    const response = await app().get('/v1/leak')
    assert.equal(response.status, 500)
    assert.doesNotMatch(await response.text(), /secret/)
  })

  test('an error says when to come back', async () => {
    const response = await app().get('/v1/late')
    assert.equal(response.status, 429)
    assert.equal(response.headers.get('retry-after'), '2')
  })

  test('an unknown route has the error shape', async () => {
    assert.equal(await codeOf(await app().get('/nowhere')), 'not-found')
  })

  for (const [title, body] of [
    ['no JSON', '{"text":'],
    ['an unknown field', '{"text":"","extra":1}'],
    ['a wrong type', '{"text":1}'],
    ['__proto__', '{"text":"","__proto__":{}}'],
    ['an empty body', ''],
    ['JSON that is one level too deep', nested(limits.jsonDepthMax)],
    ['JSON that is ten times too deep', nested(limits.jsonDepthMax * 10)],
    ['one item too many', `{"text":"","more":[${'0,'.repeat(limits.arrayItemsMax)}0]}`],
  ] as const)
    test(`${title} is a bad request`, async () => {
      const { post } = app()
      assert.equal(await codeOf(await post(body)), 'bad-request')
    })

  test('the deepest nesting and the longest array that are allowed pass', async () => {
    const { post } = app()
    assert.equal((await post(nested(limits.jsonDepthMax - 1))).status, 200)
    const items = '0,'.repeat(limits.arrayItemsMax - 1)
    assert.equal((await post(`{"text":"[[{,\\"[","more":[${items}0]}`)).status, 200)
  })

  test('a body passes at the limit, and is refused one byte and ten times above', async () => {
    const { post, fetch } = app()
    const ofBytes = (bytes: number) => `{"text":"${'x'.repeat(bytes - 11)}"}`
    assert.equal((await post(ofBytes(limits.jsonBytesMax))).status, 200)
    assert.equal(await codeOf(await post(ofBytes(limits.jsonBytesMax + 1))), 'too-large')
    assert.equal(await codeOf(await post(ofBytes(limits.jsonBytesMax * 10))), 'too-large')
    let chunks = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        chunks += 1
        controller.enqueue(new Uint8Array(64 * 1024).fill(0x20))
      },
    })
    const request = new Request(`http://x/v1/greetings/${user}`, {
      method: 'POST',
      body: endless,
      headers: { 'content-type': 'application/json', authorization: 'Bearer good' },
      duplex: 'half',
    } as RequestInit)
    assert.equal(await codeOf(await fetch(request)), 'too-large')
    assert.ok(chunks < 10, `${chunks} chunks were read`)
  })

  test('another content type is refused', async () => {
    const response = await app().post('{"text":""}', { 'content-type': 'text/plain' })
    assert.equal(await codeOf(response), 'bad-request')
  })

  test('an id that is none, and a query that is none, are refused', async () => {
    const { fetch } = app()
    const ask = (path: string) =>
      fetch(
        new Request(`http://x${path}`, {
          method: 'POST',
          body: '{"text":""}',
          headers: { 'content-type': 'application/json', authorization: 'Bearer good' },
        }),
      )
    assert.equal(await codeOf(await ask('/v1/greetings/me')), 'bad-request')
    assert.equal(await codeOf(await ask(`/v1/greetings/${user}?times=many`)), 'bad-request')
    assert.equal(await codeOf(await ask(`/v1/greetings/${user}?extra=1`)), 'bad-request')
  })

  test('the OpenAPI document names the public contract and nothing internal', () => {
    const paths = openApiPaths(contracts, 'test')
    assert.ok('/v1/greetings/{user}' in paths)
    assert.ok(!('/internal/x' in paths))
    const document = JSON.stringify(
      openApiDocument({ title: 'Test', version: '1', paths: [paths] }),
    )
    assert.match(document, /"format":"uuid"/)
  })
})

function nested(depth: number): string {
  return `{"text":"","more":${'['.repeat(depth)}${']'.repeat(depth)}}`
}
