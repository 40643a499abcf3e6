import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

const solid = /solid-js\/web\/dist\/(web|dev)\.js/
const line = 't.innerHTML = html;'
const policy = fileURLToPath(new URL('../src/trusted-types.ts', import.meta.url))

/**
 * Under `require-trusted-types-for 'script'` Solid renders nothing: its `template()` assigns
 * markup as a string. That markup is made by the compiler, never from data, so this one line goes
 * through the policy `parley` (`src/trusted-types.ts`). A Solid with another line there fails the
 * build.
 */
export function trustedTemplates(): Plugin {
  return {
    name: 'parley-trusted-templates',
    enforce: 'pre',
    transform(code, id) {
      if (!solid.test(id)) return undefined
      if (code.split(line).length !== 2)
        throw new Error(`${id} has changed: the line "${line}" must be there exactly once`)
      const header = `import { templateMarkup } from ${JSON.stringify(policy)};\n`
      return {
        code: header + code.replace(line, 't.innerHTML = templateMarkup(html);'),
        map: null,
      }
    },
  }
}
