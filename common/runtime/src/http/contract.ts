import type { ConversationId, DeviceId, UserId } from '@parley/protocol'
import type { z } from 'zod'

/** A route as `common/protocol/src/rest` describes it. */
export interface Contract {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** Parameters in braces: `/v1/devices/{device}`. */
  readonly path: string
  /** Answers without an access token. */
  readonly isPublic?: boolean
  readonly query?: z.ZodType | undefined
  /** JSON body. Without it the body is not read. */
  readonly request?: z.ZodType | undefined
  /** JSON answer. Without it the handler answers with a `Response` of its own. */
  readonly answer?: z.ZodType | undefined
}

/** Only other services ask; the gateway does not route these. */
export const isInternal = ({ path }: Contract): boolean => path.startsWith('/internal/')

/** What `Ask.params` holds: ids have been checked, anything else is the text that was sent. */
export type ParamsOf<C extends Contract> = {
  readonly [Name in ParamName<C['path']>]: Name extends keyof IdParams ? IdParams[Name] : string
}

interface IdParams {
  readonly user: UserId
  readonly device: DeviceId
  readonly conversation: ConversationId
}

type ParamName<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParamName<Rest>
  : never

export type QueryOf<C extends Contract> = C extends { readonly query: infer Q extends z.ZodType }
  ? z.output<Q>
  : undefined

export type BodyOf<C extends Contract> = C extends { readonly request: infer R extends z.ZodType }
  ? z.output<R>
  : undefined

export type AnswerOf<C extends Contract> = C extends { readonly answer: infer A extends z.ZodType }
  ? z.input<A>
  : never
