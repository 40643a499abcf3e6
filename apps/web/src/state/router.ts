import { createSignal } from 'solid-js'

export type Route =
  | { readonly screen: 'home' }
  | { readonly screen: 'sign-in' }
  | { readonly screen: 'sign-up' }
  | { readonly screen: 'new-chat' }
  | { readonly screen: 'new-group' }
  | { readonly screen: 'chat'; readonly conversation: string; readonly panel?: Panel }
  | { readonly screen: 'settings'; readonly section?: 'devices' }

/** What stands beside a chat. */
export type Panel = { readonly kind: 'info' } | { readonly kind: 'code'; readonly user: string }

const [route, setRoute] = createSignal<Route>(parseRoute(location.pathname))

/** Where the person is; the address of the page says the same. */
export { route }

export function startRouter(): void {
  addEventListener('popstate', () => setRoute(parseRoute(location.pathname)))
}

/** A step that "back" undoes. */
export function go(to: Route): void {
  const path = pathOf(to)
  if (path === location.pathname) return
  history.pushState({ depth: depth() + 1 }, '', path)
  setRoute(to)
}

/** A step that "back" does not see: after signing in, or from one chat to another. */
export function replace(to: Route): void {
  history.replaceState({ depth: depth() }, '', pathOf(to))
  setRoute(to)
}

/** Back, or to `otherwise` when the app was opened right here. */
export function back(otherwise: Route): void {
  if (depth() > 0) history.back()
  else replace(otherwise)
}

export function pathOf(to: Route): string {
  switch (to.screen) {
    case 'home':
      return '/'
    case 'chat': {
      const path = `/chat/${to.conversation}`
      if (to.panel === undefined) return path
      return to.panel.kind === 'info' ? `${path}/info` : `${path}/code/${to.panel.user}`
    }
    case 'settings':
      return to.section === undefined ? '/settings' : `/settings/${to.section}`
    default:
      return `/${to.screen}`
  }
}

export function parseRoute(path: string): Route {
  const [first, second, third, fourth] = path.split('/').filter((part) => part !== '')
  switch (first) {
    case 'sign-in':
    case 'sign-up':
    case 'new-chat':
    case 'new-group':
      return { screen: first }
    case 'chat': {
      if (second === undefined) return { screen: 'home' }
      const chat = { screen: 'chat', conversation: second } as const
      if (third === 'info') return { ...chat, panel: { kind: 'info' } }
      if (third === 'code' && fourth !== undefined)
        return { ...chat, panel: { kind: 'code', user: fourth } }
      return chat
    }
    case 'settings':
      return second === 'devices' ? { screen: 'settings', section: second } : { screen: 'settings' }
    default:
      return { screen: 'home' }
  }
}

function depth(): number {
  const state: unknown = history.state
  return typeof state === 'object' && state !== null && 'depth' in state ? Number(state.depth) : 0
}
