import type { z } from 'zod'

/**
 * A JSON answer that has passed its schema: what the contract does not name never leaves, and a
 * value that does not fit is a mistake of ours.
 */
export function respond<S extends z.ZodType>(
  schema: S,
  value: z.input<S>,
  { status = 200, headers }: { readonly status?: number; readonly headers?: Headers } = {},
): Response {
  const all = new Headers(headers)
  all.set('content-type', 'application/json')
  if (!all.has('cache-control')) all.set('cache-control', 'no-store')
  return new Response(JSON.stringify(schema.parse(value)), { status, headers: all })
}
