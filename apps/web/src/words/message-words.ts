import type { Content, MessageView, PersonView, SystemContent } from '../chat/views.ts'
import { names } from './format.ts'
import { words } from './words.ts'

type Told = Pick<MessageView, 'isOwn' | 'sender' | 'senderName'>

/** The sentence of a grey line. */
export function systemLine(content: SystemContent, { isOwn, sender, senderName }: Told): string {
  const { system } = words
  const whom = names(content.people.map(({ displayName }) => displayName))
  const text = content.text ?? ''
  switch (content.change) {
    case 'created':
      return text === '' && content.people.length === 0
        ? system.started
        : system.created(senderName, isOwn)
    case 'added':
      return content.people.length === 1 && content.people[0]?.user === sender
        ? system.joined(whom)
        : system.added(senderName, isOwn, whom)
    case 'left':
      return system.left(senderName, isOwn)
    case 'removed':
      return system.removed(senderName, isOwn, whom)
    case 'renamed':
      return system.renamed(senderName, isOwn, text)
    case 'role':
      return system.role(senderName, isOwn, whom, text)
    case 'device-added':
      return system.deviceAdded(senderName, isOwn)
    case 'device-removed':
      return system.deviceRemoved(senderName, isOwn)
    case 'key-changed':
      return system.keyChanged(whom)
  }
}

/** What stands for a message in the list and in its spoken form. */
export function plainText(content: Content, told: Told): string {
  switch (content.kind) {
    case 'text':
      return content.text
    case 'waiting':
      return words.content.waiting
    case 'unreadable':
      return `${words.content.unreadable}: ${words.content[content.reason]}`
    case 'erased':
      return words.content.erased
    case 'unknown':
      return words.content.unknown
    case 'system':
      return systemLine(content, told)
  }
}

export function lastLineText(last: MessageView, isGroup: boolean): string {
  const text = plainText(last.content, last)
  if (last.content.kind === 'system') return text
  if (last.isOwn) return `${words.list.you}: ${text}`
  return isGroup ? `${firstName(last.senderName)}: ${text}` : text
}

export function typingText(people: readonly PersonView[], isGroup: boolean): string {
  return words.chat.typing(isGroup ? people.map(({ displayName }) => firstName(displayName)) : [])
}

export function firstName(displayName: string): string {
  return displayName.split(/\s/u)[0] ?? displayName
}
