import { createContext, useContext } from 'solid-js'
import type { AppState } from './app-state.ts'

export const AppContext = createContext<AppState>()

/** The state of the app, inside of `<AppContext.Provider>`. */
export function useApp(): AppState {
  const app = useContext(AppContext)
  if (app === undefined) throw new Error('useApp is called inside of AppContext')
  return app
}
