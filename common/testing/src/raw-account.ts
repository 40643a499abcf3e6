import { randomBytes } from 'node:crypto'
import { accountRoutes, type DeviceId, type UserId } from '@parley/protocol'

/** An account with one device, as much of it as talking by hand needs. */
export interface RawAccount {
  readonly user: UserId
  readonly device: DeviceId
  readonly token: string
}

export async function signUpAccount(url: string): Promise<RawAccount> {
  const response = await fetch(`${url}${accountRoutes.signUp.path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      name: `u${randomBytes(8).toString('hex')}`,
      password: 'nobody guesses this one',
      deviceName: 'raw',
      platform: 'node',
      transport: 'body',
    }),
  })
  if (response.status !== 200) throw new Error(`no account: ${await response.text()}`)
  const session = accountRoutes.signUp.answer.parse(await response.json())
  return { user: session.user, device: session.device, token: session.accessToken }
}

/** Many accounts, some at a time, in any order. */
export async function signUpAccounts(
  url: string,
  count: number,
  { atOnce = 8 } = {},
): Promise<readonly RawAccount[]> {
  const accounts: RawAccount[] = []
  let begun = 0
  const signUp = async () => {
    while (begun < count) {
      begun += 1
      accounts.push(await signUpAccount(url))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, signUp))
  return accounts
}
