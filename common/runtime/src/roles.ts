import { assert, ChatError } from '@parley/protocol'
import type { Service, ServiceFetch } from './service.ts'

/** What a role gets when it is started, beside what the program gives to all. */
export interface RoleStart<Name extends string> {
  /** Aborted when the role is to end, before it is disposed. */
  readonly signal: AbortSignal
  /** Asks another role: in process when it runs here. */
  fetchOf(name: Name): ServiceFetch
}

/** One line of the role table. */
export interface Role<Name extends string> {
  /** Roles that must have started before. */
  readonly needs: readonly Name[]
  start(start: RoleStart<Name>): Promise<Service>
}

export interface RunningRoles<Name extends string> extends AsyncDisposable {
  readonly services: ReadonlyMap<Name, Service>
  /** Of all roles, with their names. */
  faults(): readonly string[]
  /** Rejects when the first role has failed beyond recovery. */
  readonly failed: Promise<never>
}

/**
 * Starts roles in the order of their needs. Disposing ends them in reverse order, each only after
 * those that need it. When one cannot start, those before it are ended again.
 */
export async function startRoles<Name extends string>(
  table: Readonly<Record<Name, Role<Name>>>,
): Promise<RunningRoles<Name>> {
  const services = new Map<Name, Service>()
  const failure = Promise.withResolvers<never>()
  failure.promise.catch(() => {})
  await using resources = new AsyncDisposableStack()
  const fetchOf =
    (name: Name): ServiceFetch =>
    (request) => {
      const service = services.get(name)
      if (service === undefined)
        return Promise.reject(new ChatError('unavailable', `${name} is not running`))
      return service.fetch(request)
    }
  for (const name of inOrder(table)) {
    const ending = new AbortController()
    const service = await table[name].start({ signal: ending.signal, fetchOf })
    services.set(name, service)
    service.ended.catch(failure.reject)
    resources.defer(async () => {
      ending.abort()
      await service[Symbol.asyncDispose]()
      services.delete(name)
    })
  }
  const owned = resources.move()
  return {
    services,
    failed: failure.promise,
    faults: () =>
      [...services].flatMap(([name, service]) =>
        service.faults().map((fault) => `${name}: ${fault}`),
      ),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

function inOrder<Name extends string>(table: Readonly<Record<Name, Role<Name>>>): readonly Name[] {
  const done = new Set<Name>()
  const open = new Set<Name>()
  function visit(name: Name): void {
    if (done.has(name)) return
    assert(!open.has(name), `roles need each other in a circle: ${[...open].join(', ')}`)
    open.add(name)
    for (const need of table[name].needs) visit(need)
    done.add(name)
  }
  // The keys of the table are its names.
  for (const name of Object.keys(table) as Name[]) visit(name)
  return [...done]
}
