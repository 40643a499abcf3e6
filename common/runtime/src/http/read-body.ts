import { ChatError, limits, parseInput } from '@parley/protocol'
import type { z } from 'zod'
import { checkJsonShape } from './json-shape.ts'

/** The JSON body of a request as a value of the schema, within the limits of every JSON body. */
export async function readJson<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json')
    throw new ChatError('bad-request', 'the content type must be application/json')
  return parseInput(schema, parseJson(await readBytes(request, limits.jsonBytesMax)))
}

/** The body of a request, and never more of it in memory than the limit and one chunk. */
export async function readBytes(request: Request, bytesMax: number): Promise<Uint8Array> {
  const tooLarge = () => new ChatError('too-large', `the body may have ${bytesMax} bytes`)
  if (Number(request.headers.get('content-length') ?? 0) > bytesMax) throw tooLarge()
  const body: ReadableStream<Uint8Array> | null = request.body
  if (body === null) return new Uint8Array(0)
  const chunks: Uint8Array[] = []
  let length = 0
  // Leaving the loop cancels the stream.
  for await (const chunk of body) {
    length += chunk.length
    if (length > bytesMax) throw tooLarge()
    chunks.push(chunk)
  }
  return joined(chunks, length)
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    checkJsonShape(text)
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof ChatError) throw error
    throw new ChatError('bad-request', 'the body is not JSON', { cause: error })
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = chunks
  if (only !== undefined && chunks.length === 1) return only
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}
