/**
 * Which web pages may use the API and open sockets: those that the same host serves, the public one,
 * and others that the operator names.
 */
export class Origins {
  readonly #allowed: ReadonlySet<string>

  constructor(publicUrl: string, others: string) {
    const named = others.split(',').filter((origin) => origin !== '')
    this.#allowed = new Set([publicUrl, ...named].map((url) => new URL(url).origin))
  }

  isAllowed(origin: string, host: string | undefined): boolean {
    if (this.#allowed.has(origin)) return true
    if (!URL.canParse(origin)) return false
    const { protocol, host: originHost, hostname } = new URL(origin)
    // A page that this server gave to a browser on the same machine.
    return protocol === 'http:' && originHost === host && loopback.has(hostname)
  }
}

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])
