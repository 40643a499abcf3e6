import type { AppState } from '../../state/app-state.ts'
import { go, replace, route } from '../../state/router.ts'

/** The shortcuts that work everywhere. Answers with a function that ends them. */
export function listenToKeys({
  app,
  open,
}: {
  readonly app: AppState
  readonly open: (sheet: 'shortcuts' | 'switcher') => void
}): () => void {
  function onKeyDown(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault()
      open('switcher')
    } else if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
      event.preventDefault()
      step(event.key === 'ArrowDown' ? 1 : -1)
    } else if (event.key === '?' && !isWriting(event.target)) {
      event.preventDefault()
      open('shortcuts')
    } else if (event.key === 'Escape' && !isLayerOpen()) leave()
  }

  function step(by: number): void {
    const at = route()
    const order = app.order()
    const index = at.screen === 'chat' ? order.indexOf(at.conversation) : -1
    const next = order[Math.min(order.length - 1, Math.max(0, index + by))]
    if (next === undefined) return
    const to = { screen: 'chat', conversation: next } as const
    if (at.screen === 'chat') replace(to)
    else go(to)
  }

  addEventListener('keydown', onKeyDown)
  return () => removeEventListener('keydown', onKeyDown)
}

/** One layer at a time: first what stands beside the chat, then the chat. */
function leave(): void {
  const at = route()
  if (at.screen === 'chat' && at.panel !== undefined)
    replace({ screen: 'chat', conversation: at.conversation })
  else if (at.screen !== 'home') replace({ screen: 'home' })
}

function isLayerOpen(): boolean {
  return document.querySelector('dialog[open], :popover-open') !== null
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, [contenteditable]')
}
