import { ChatError, limits } from '@parley/protocol'

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const opening = new Set([0x5b, 0x7b])
const closing = new Set([0x5d, 0x7d])

/** Refuses JSON that is nested too deep or has too many items, before anything is built from it. */
export function checkJsonShape(text: string): void {
  /** Commas seen in each open array or object. */
  const commas: number[] = []
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === quote) at = endOfString(text, at)
    else if (opening.has(code)) {
      if (commas.push(0) > limits.jsonDepthMax)
        throw new ChatError('bad-request', `JSON may be nested ${limits.jsonDepthMax} deep`)
    } else if (closing.has(code)) commas.pop()
    else if (code === comma && commas.length > 0) {
      const count = (commas.pop() ?? 0) + 1
      if (count >= limits.arrayItemsMax)
        throw new ChatError('bad-request', `at most ${limits.arrayItemsMax} items in one place`)
      commas.push(count)
    }
  }
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === backslash) at += 1
    else if (code === quote) return at
  }
  return text.length
}
