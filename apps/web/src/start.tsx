import './styles/global.css'
import { render } from 'solid-js/web'
import { App } from './app.tsx'
import type { Chat } from './chat/chat.ts'
import { createAppState } from './state/app-state.ts'
import { AppContext } from './state/context.ts'
import { startRouter } from './state/router.ts'
import { startSettings } from './state/settings.ts'

/** Paints the app on these chats. */
export function start(chat: Chat): void {
  startSettings()
  startRouter()
  const root = document.getElementById('app')
  if (root === null) throw new Error('index.html has an element #app')
  render(() => {
    const app = createAppState(chat)
    return (
      <AppContext.Provider value={app}>
        <App />
      </AppContext.Provider>
    )
  }, root)
}
