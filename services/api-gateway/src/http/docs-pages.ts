import { readFile } from 'node:fs/promises'
import { accountRoutes, chatRoutes, protocolVersion } from '@parley/protocol'
import { openApiDocument, openApiPaths } from '@parley/runtime'

type Page = (request: Request) => Promise<Response>

/** `/openapi.json`, and a page to browse it. */
export function docsPages(): ReadonlyMap<string, Page> {
  let document: string | undefined
  return new Map<string, Page>([
    [
      '/openapi.json',
      async () => {
        document ??= JSON.stringify(
          openApiDocument({
            title: 'Parley',
            version: String(protocolVersion),
            paths: [openApiPaths(accountRoutes, 'accounts'), openApiPaths(chatRoutes, 'chat')],
          }),
        )
        return new Response(document, { headers: { 'content-type': 'application/json' } })
      },
    ],
    ['/docs', file('page.html', 'text/html; charset=utf-8')],
    ['/docs/docs.css', file('docs.css', 'text/css; charset=utf-8')],
    ['/docs/docs.js', file('docs.js', 'text/javascript; charset=utf-8')],
  ])
}

function file(name: string, type: string): Page {
  const url = new URL(`./docs-page/${name}`, import.meta.url)
  return async () =>
    new Response(await readFile(url), {
      headers: { 'content-type': type, 'cache-control': 'no-cache' },
    })
}
