import { errorBody } from '@parley/protocol'
import { z } from 'zod'
import { type Contract, isInternal } from './contract.ts'

/** The paths of an OpenAPI 3.1 document, made from the contracts of a service. */
export type OpenApiPaths = Readonly<Record<string, Readonly<Record<string, object>>>>

/** Internal routes are left out. `operations` are named by their key. */
export function openApiPaths(
  contracts: Readonly<Record<string, Contract>>,
  tag: string,
): OpenApiPaths {
  const paths: Record<string, Record<string, object>> = {}
  for (const [operationId, contract] of Object.entries(contracts)) {
    if (isInternal(contract)) continue
    const methods = paths[contract.path] ?? {}
    methods[contract.method] = operation(operationId, contract, tag)
    paths[contract.path] = methods
  }
  return paths
}

/** A whole document of what several services answer. */
export function openApiDocument({
  title,
  version,
  paths,
}: {
  readonly title: string
  readonly version: string
  readonly paths: readonly OpenApiPaths[]
}): object {
  return {
    openapi: '3.1.0',
    info: { title, version },
    paths: Object.assign({}, ...paths),
    components: {
      securitySchemes: { accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: { Error: jsonSchema(errorBody, 'output') },
    },
  }
}

function operation(operationId: string, contract: Contract, tag: string): object {
  const { path, isPublic, query, request, answer } = contract
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    })),
    ...queryParameters(query),
  ]
  return {
    operationId,
    tags: [tag],
    ...(isPublic !== true && { security: [{ accessToken: [] }] }),
    ...(parameters.length > 0 && { parameters }),
    ...(request !== undefined && {
      requestBody: { required: true, content: json(jsonSchema(request, 'input')) },
    }),
    responses: {
      200: {
        description: 'done',
        content:
          answer === undefined
            ? { 'application/octet-stream': {} }
            : json(jsonSchema(answer, 'output')),
      },
      default: { description: 'an error', content: json({ $ref: '#/components/schemas/Error' }) },
    },
  }
}

function queryParameters(query: z.ZodType | undefined): readonly object[] {
  if (query === undefined) return []
  const { properties = {}, required = [] } = jsonSchema(query, 'input')
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }))
}

const json = (schema: object) => ({ 'application/json': { schema } })

function jsonSchema(schema: z.ZodType, io: 'input' | 'output') {
  const made = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema: target }) {
      // The only custom shapes of the contracts are ids.
      if (zodSchema._zod.def.type === 'custom')
        Object.assign(target, { type: 'string', format: 'uuid' })
    },
  })
  const { $schema: _, ...rest } = made
  return rest
}
