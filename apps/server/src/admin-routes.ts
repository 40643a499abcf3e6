import { timingSafeEqual } from 'node:crypto'
import { toBytes } from '@parley/protocol'
import { errorResponse, readJson } from '@parley/runtime'
import type { UserService } from '@parley/user-service'
import { z } from 'zod'

const newAccount = z.strictObject({
  name: z.string().max(64),
  displayName: z.string().max(512),
  password: z.string().max(512),
})

/** What the command line asks a running server, on the port for operators, with its own token. */
export function adminRoutes(token: Uint8Array, users: () => UserService | undefined) {
  const answerError = errorResponse(() => {})
  return async (request: Request): Promise<Response | undefined> => {
    if (new URL(request.url).pathname !== '/admin/users' || request.method !== 'POST')
      return undefined
    const given = /^Bearer ([\w-]+)$/.exec(request.headers.get('authorization') ?? '')?.[1] ?? ''
    const bytes = toBytes(given)
    if (bytes.length !== token.length || !timingSafeEqual(bytes, token))
      return new Response(null, { status: 401 })
    try {
      const service = users()
      if (service === undefined) return new Response(null, { status: 503 })
      const user = await service.createAccount(await readJson(request, newAccount))
      return Response.json({ user })
    } catch (error) {
      return answerError(error, request)
    }
  }
}
