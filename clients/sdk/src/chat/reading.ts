import type { Envelope } from '@parley/e2ee'
import type { OutboxRecord, StoredContent } from '../state/records.ts'

/** What `process` has made of a message, for its row. */
export type Reading =
  | { readonly kind: 'line'; readonly content: StoredContent }
  | { readonly kind: 'title'; readonly title: string }
  | { readonly kind: 'nothing' }

const text = new TextDecoder('utf-8', { fatal: false })

/** An own message: its text is in the outbox, for nobody can decrypt what he has sealed himself. */
export function readOwn(sent: OutboxRecord | undefined): Reading {
  switch (sent?.what.kind) {
    case 'text':
      return { kind: 'line', content: { kind: 'text', text: sent.what.text } }
    case 'group-info':
      return { kind: 'title', title: sent.what.title }
    default:
      return unreadable('damaged')
  }
}

/** What a decrypted envelope says. */
export function readingOf({ kind, body }: Envelope, isSilent: boolean): Reading {
  if (kind === 'text') return { kind: 'line', content: { kind: 'text', text: text.decode(body) } }
  if (kind === 'group-info') return titleOf(body)
  return isSilent ? { kind: 'nothing' } : { kind: 'line', content: { kind: 'unknown' } }
}

function titleOf(body: Uint8Array): Reading {
  try {
    const said: unknown = JSON.parse(text.decode(body))
    if (typeof said === 'object' && said !== null && 'title' in said)
      if (typeof said.title === 'string') return { kind: 'title', title: said.title.slice(0, 512) }
  } catch {
    // Of a newer program, or of a broken one: the name stays.
  }
  return { kind: 'nothing' }
}

export function unreadable(reason: 'new-device' | 'damaged'): Reading {
  return { kind: 'line', content: { kind: 'unreadable', reason } }
}
