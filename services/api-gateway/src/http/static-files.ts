import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}
const filesMax = 2_000
const encodings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const

interface StaticFile {
  readonly path: string
  readonly type: string
  /** Its name changes with its content. */
  readonly isHashed: boolean
  readonly encodings: ReadonlySet<string>
}

/** The files of a built web app. What is there is listed once; nothing else is ever opened. */
export class StaticFiles {
  readonly #files: ReadonlyMap<string, StaticFile>

  private constructor(files: ReadonlyMap<string, StaticFile>) {
    this.#files = files
  }

  /** Empty when the folder does not exist. */
  static async open(folder: string): Promise<StaticFiles> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
    const paths = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .slice(0, filesMax)
    const all = new Set(paths)
    const files = new Map<string, StaticFile>()
    for (const path of paths) {
      const type = types[extname(path)]
      if (type === undefined) continue
      const name = `/${relative(folder, path).split(sep).join('/')}`
      files.set(name, {
        path,
        type,
        isHashed: /^\/assets\/.*-[\w-]{8,}\.\w+$/.test(name),
        encodings: new Set(
          encodings.filter(([, suffix]) => all.has(`${path}${suffix}`)).map(([name]) => name),
        ),
      })
    }
    return new StaticFiles(files)
  }

  has(name: string): boolean {
    return this.#files.has(name)
  }

  /** The answer for a file that is there. */
  async answer(name: string, request: Request): Promise<Response> {
    const file = this.#files.get(name)
    if (file === undefined) return new Response(null, { status: 404 })
    const accepted = request.headers.get('accept-encoding') ?? ''
    const [encoding, suffix] = encodings.find(
      ([name]) => file.encodings.has(name) && new RegExp(`\\b${name}\\b`).test(accepted),
    ) ?? ['', '']
    const bytes = await readFile(`${file.path}${suffix}`)
    const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`
    const headers = new Headers({
      'content-type': file.type,
      'cache-control': file.isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
      etag,
    })
    if (file.encodings.size > 0) headers.set('vary', 'accept-encoding')
    if (encoding !== '') headers.set('content-encoding', encoding)
    if (request.headers.get('if-none-match') === etag)
      return new Response(null, { status: 304, headers })
    headers.set('content-length', String(bytes.length))
    return new Response(request.method === 'HEAD' ? null : bytes, { headers })
  }
}
