import { ChatError } from '@parley/protocol'

/**
 * For routes that read or set the cookie: a page of another origin gets nothing. Browsers send
 * `Origin` with every POST and `Sec-Fetch-Site` with everything. Errors: `not-allowed`.
 */
export function checkSameOrigin({ headers, url }: Request, origins: readonly string[]): void {
  const site = headers.get('sec-fetch-site')
  if (site !== null && site !== 'same-origin') throw refused()
  const origin = headers.get('origin')
  if (origin === null || !URL.canParse(origin)) throw refused()
  const own = headers.get('host') ?? new URL(url).host
  if (!origins.includes(origin) && new URL(origin).host !== own) throw refused()
}

const refused = () => new ChatError('not-allowed', 'a cookie is for pages of this origin only')
