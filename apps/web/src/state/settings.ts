import { createEffect, createRoot, createSignal } from 'solid-js'

export type Theme = 'system' | 'light' | 'dark'

/** What this browser remembers of the looks; nothing here is about the person. */
interface Settings {
  readonly theme: Theme
  readonly doesEnterSend: boolean
}

const key = 'parley.settings'
const [settings, setSettings] = createSignal<Settings>(read())

export { settings }

export function changeSettings(change: Partial<Settings>): void {
  const next = setSettings((before) => ({ ...before, ...change }))
  try {
    localStorage.setItem(key, JSON.stringify(next))
  } catch {
    // A browser without storage forgets the theme; that is all.
  }
}

export function startSettings(): void {
  createRoot(() => {
    createEffect(() => {
      document.documentElement.dataset['theme'] = settings().theme
    })
  })
  addEventListener('storage', (event) => {
    if (event.key === key) setSettings(read())
  })
}

function read(): Settings {
  let stored: Partial<Record<keyof Settings, unknown>> = {}
  try {
    stored = JSON.parse(localStorage.getItem(key) ?? '{}')
  } catch {
    // As above.
  }
  const { theme, doesEnterSend } = stored
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
    doesEnterSend: doesEnterSend !== false,
  }
}
