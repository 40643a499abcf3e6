import { createEffect, type JSX, lazy, Match, Suspense, Switch } from 'solid-js'
import { Toasts } from './parts/toast.tsx'
import { SignIn } from './screens/sign-in/sign-in.tsx'
import { useApp } from './state/context.ts'
import { replace, route } from './state/router.ts'

/** Everything that is seen after signing in comes in a second piece. */
export const loadShell = () => import('./screens/shell/shell.tsx')
const Shell = lazy(async () => ({ default: (await loadShell()).Shell }))

export function App(): JSX.Element {
  const app = useApp()
  createEffect(() => {
    const { screen } = route()
    const isForm = screen === 'sign-in' || screen === 'sign-up'
    if (app.account().kind === 'signed-in' && isForm) replace({ screen: 'home' })
  })
  return (
    <>
      <Switch>
        <Match when={app.account().kind === 'signed-out'}>
          <SignIn />
        </Match>
        <Match when={app.account().kind === 'signed-in'}>
          <Suspense>
            <Shell />
          </Suspense>
        </Match>
      </Switch>
      <Toasts />
    </>
  )
}
