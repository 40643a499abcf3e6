import { accountRoutes, chatRoutes } from '@parley/protocol'

export type RestService = 'user-service' | 'chat-service'

/** Which service answers a path: known by the first part after `/v1/`. */
export function routeTable(): (pathname: string) => RestService | undefined {
  const table = new Map<string, RestService>()
  for (const { path } of Object.values(accountRoutes)) table.set(prefixOf(path), 'user-service')
  for (const { path } of Object.values(chatRoutes)) table.set(prefixOf(path), 'chat-service')
  return (pathname) => table.get(prefixOf(pathname))
}

/** `/v1/devices/{device}` is `/v1/devices`. */
function prefixOf(path: string): string {
  const [, first, second] = path.split('/')
  return `/${first}/${second}`
}
