const key = 'parley.has-account'

/**
 * Whether this browser had an account when it was open last. No more than a hint, which lets the
 * worker and the second piece of the app start before anything is painted.
 */
export function hadAccount(): boolean {
  try {
    return localStorage.getItem(key) === '1'
  } catch {
    return false
  }
}

export function rememberAccount(isThere: boolean): void {
  try {
    if (isThere) localStorage.setItem(key, '1')
    else localStorage.removeItem(key)
  } catch {
    // A browser without storage starts a little later; that is all.
  }
}
