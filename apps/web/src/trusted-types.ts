/**
 * The one Trusted Types policy of the page, `parley`. It lets through the markup that the compiler
 * has made (scripts/trusted-templates.ts) and the scripts of our own workers, and nothing else.
 */
interface Policy {
  createHTML(markup: string): string
  createScriptURL(url: string): string
}

declare global {
  var trustedTypes: { createPolicy(name: string, rules: Policy): Policy } | undefined
}

const policy = globalThis.trustedTypes?.createPolicy('parley', {
  createHTML: (markup) => markup,
  createScriptURL(url) {
    const { origin, pathname } = new URL(url, location.href)
    if (origin !== location.origin || !/^\/(assets|src)\/[\w./-]+$/.test(pathname))
      throw new TypeError(`not a script of ours: ${url}`)
    return url
  },
})

/** For Solid's `template()` alone; nothing else in this app makes markup from a string. */
export function templateMarkup(markup: string): string {
  return policy === undefined ? markup : policy.createHTML(markup)
}

/** The address of a worker of ours, as the browser wants it. */
export function scriptAddress(url: string): string {
  return policy === undefined ? url : policy.createScriptURL(url)
}
