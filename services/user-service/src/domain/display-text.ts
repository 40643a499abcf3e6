import { ChatError } from '@parley/protocol'

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
/** Controls, bidirectional overrides and isolates, zero-width characters, tags, byte order marks. */
const hidden =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/u
const combiningMarksMax = 4

/**
 * A text that others will see: NFC, visible, of a bounded height and length. A zero-width joiner is
 * allowed inside one grapheme only, as emoji and some scripts need it. Errors: `bad-request`.
 */
export function checkedDisplayText(
  text: string,
  { graphemesMax, mayHaveLines }: { readonly graphemesMax: number; readonly mayHaveLines: boolean },
): string {
  const normal = text.normalize('NFC').trim()
  if (!normal.isWellFormed()) throw refused('it is not valid Unicode')
  if (hidden.test(normal) || (!mayHaveLines && normal.includes('\n')))
    throw refused('it has invisible characters')
  let count = 0
  for (const { segment } of graphemes.segment(normal)) {
    count += 1
    if (count > graphemesMax) throw refused(`it may have ${graphemesMax} characters`)
    if ((segment.match(/\p{M}/gu)?.length ?? 0) > combiningMarksMax)
      throw refused(`it has more than ${combiningMarksMax} marks on one character`)
    if (/^[\u200c\u200d]+$/u.test(segment)) throw refused('it has invisible characters')
  }
  return normal
}

const refused = (why: string) => new ChatError('bad-request', `this text is refused: ${why}`)
