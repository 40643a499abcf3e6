import { StaticFiles } from './static-files.ts'

const missing = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Parley</title></head>
<body><h1>Parley is running</h1>
<p>The web app has not been built. Run <code>npm run build --workspace apps/web</code>.</p>
<p><a href="/docs">The API</a></p></body></html>
`

/** Serves the web app: its files, and its page for every address that is one of the app's own. */
export async function webApp(folder: string): Promise<(request: Request) => Promise<Response>> {
  const files = await StaticFiles.open(folder)
  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return new Response(null, { status: 405, headers: { allow: 'GET, HEAD' } })
    const { pathname } = new URL(request.url)
    if (files.has(pathname)) return files.answer(pathname, request)
    const isPage = pathname === '/' || !/\.\w+$/.test(pathname)
    if (!isPage) return new Response('not found\n', { status: 404 })
    if (files.has('/index.html')) return files.answer('/index.html', request)
    return new Response(missing, {
      headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' },
    })
  }
}
