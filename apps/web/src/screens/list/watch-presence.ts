import { createEffect } from 'solid-js'
import type { AppState } from '../../state/app-state.ts'

/** The server tells us of so many people at once. */
const watchedMax = 50

/** The dots in the list: the people of the newest direct chats are watched. */
export function watchPresence(app: AppState): void {
  createEffect<string>((before) => {
    const peers = app
      .order()
      .flatMap((id) => app.conversation(id)?.peer ?? [])
      .slice(0, watchedMax)
    const key = [...peers].sort().join()
    if (key !== before) void app.chat.watch(peers).catch(() => {})
    return key
  }, '')
}
