import { For, type JSX } from 'solid-js'

export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly address: string }

const link = /\b(?:https?:\/\/|mailto:|www\.)[^\s<>"]+/giu
const afterLink = /[.,;:!?'"»”’)\]}]+$/u
const bigEmojiMax = 3

/** Finds what can be opened. Everything else stays text; there is no markup in a message. */
export function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = []
  let end = 0
  for (const match of text.matchAll(link)) {
    const shown = trimmed(match[0])
    const address = addressOf(shown)
    if (address === undefined) continue
    if (match.index > end) pieces.push({ kind: 'text', text: text.slice(end, match.index) })
    pieces.push({ kind: 'link', text: shown, address })
    end = match.index + shown.length
  }
  if (end < text.length) pieces.push({ kind: 'text', text: text.slice(end) })
  return pieces
}

/** One to three emoji and nothing else are shown large. */
export function isOnlyEmoji(text: string): boolean {
  const plain = text.trim()
  if (plain === '' || plain.length > 48 || !/^[\p{RGI_Emoji}\s]+$/v.test(plain)) return false
  return [...new Intl.Segmenter().segment(plain.replace(/\s/gu, ''))].length <= bigEmojiMax
}

export function RichText(props: { text: string }): JSX.Element {
  return (
    <For each={piecesOf(props.text)}>
      {(piece) =>
        piece.kind === 'text' ? (
          piece.text
        ) : (
          <a href={piece.address} target="_blank" rel="noopener noreferrer nofollow">
            {piece.text}
          </a>
        )
      }
    </For>
  )
}

/** A full stop or a bracket after an address belongs to the sentence. */
function trimmed(text: string): string {
  const short = text.replace(afterLink, '')
  const isBalanced = text.includes('(') && text.slice(short.length).startsWith(')')
  return isBalanced ? `${short})` : short
}

function addressOf(text: string): string | undefined {
  const url = URL.parse(text.startsWith('www.') ? `https://${text}` : text)
  return url !== null && ['https:', 'http:', 'mailto:'].includes(url.protocol)
    ? url.href
    : undefined
}
