import type { MessageView } from '../chat/views.ts'
import { dayOf } from '../words/format.ts'

/** Messages of one person stand together when no more than this lies between them. */
const groupMs = 5 * 60_000

export type Row =
  | { readonly kind: 'start' }
  | { readonly kind: 'day'; readonly atMs: number }
  | { readonly kind: 'new' }
  | {
      readonly kind: 'message'
      readonly id: string
      readonly isFirstOfGroup: boolean
      readonly isLastOfGroup: boolean
    }

export interface Layout {
  readonly keys: readonly string[]
  readonly rows: ReadonlyMap<string, Row>
}

/** Messages with a place by their place, then the waiting ones in the order of writing. */
export function sortMessages(
  ids: readonly string[],
  messages: ReadonlyMap<string, MessageView>,
): readonly string[] {
  const seqOf = (id: string) => messages.get(id)?.seq ?? Number.POSITIVE_INFINITY
  const atOf = (id: string) => messages.get(id)?.atMs ?? 0
  return [...ids].sort((a, b) => {
    const [seqA, seqB] = [seqOf(a), seqOf(b)]
    return seqA === seqB ? atOf(a) - atOf(b) : seqA - seqB
  })
}

/** Puts the lines between messages: days, the first unread one, who speaks. */
export function layOut({
  messages,
  unreadAfter,
  isStart,
}: {
  readonly messages: readonly MessageView[]
  readonly unreadAfter: number | undefined
  readonly isStart: boolean
}): Layout {
  const rows = new Map<string, Row>()
  if (isStart) rows.set('start', { kind: 'start' })
  let before: MessageView | undefined
  let isNewShown = unreadAfter === undefined
  for (const [index, message] of messages.entries()) {
    const isNewDay = before === undefined || dayOf(before.atMs) !== dayOf(message.atMs)
    if (isNewDay) rows.set(`day ${dayOf(message.atMs)}`, { kind: 'day', atMs: message.atMs })
    const isNew = !isNewShown && isUnread(message, unreadAfter)
    if (isNew) {
      isNewShown = true
      rows.set('new', { kind: 'new' })
    }
    const after = messages[index + 1]
    rows.set(message.id, {
      kind: 'message',
      id: message.id,
      isFirstOfGroup: isNewDay || isNew || !isTogether(before, message),
      isLastOfGroup:
        !isTogether(message, after) ||
        (after !== undefined && dayOf(after.atMs) !== dayOf(message.atMs)) ||
        (!isNewShown && after !== undefined && isUnread(after, unreadAfter)),
    })
    before = message
  }
  return { keys: [...rows.keys()], rows }
}

function isUnread(message: MessageView, unreadAfter: number | undefined): boolean {
  return (
    unreadAfter !== undefined &&
    message.seq !== undefined &&
    message.seq > unreadAfter &&
    !message.isOwn &&
    message.content.kind !== 'system'
  )
}

function isTogether(a: MessageView | undefined, b: MessageView | undefined): boolean {
  return (
    a !== undefined &&
    b !== undefined &&
    a.sender === b.sender &&
    a.content.kind !== 'system' &&
    b.content.kind !== 'system' &&
    b.atMs - a.atMs <= groupMs
  )
}
