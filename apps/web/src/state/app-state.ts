import { batch, createMemo, createSignal } from 'solid-js'
import { createStore, reconcile } from 'solid-js/store'
import type { Change, Chat } from '../chat/chat.ts'
import type {
  AccountView,
  ConnectionView,
  ConversationView,
  MessageView,
  PersonView,
  PresenceView,
} from '../chat/views.ts'
import { Timeline } from './timeline.ts'

/** Chats whose messages stay in the tab. */
const timelinesMax = 12

export type AppState = ReturnType<typeof createAppState>

/** Everything the screens paint from. The worker's changes go in, screens read signals. */
export function createAppState(chat: Chat) {
  const [account, setAccount] = createSignal<AccountView>({ kind: 'starting' })
  const [connection, setConnection] = createSignal<ConnectionView>({ state: 'online', queued: 0 })
  const [conversations, setConversations] = createStore<Record<string, ConversationView>>({})
  const [typing, setTyping] = createStore<Record<string, readonly PersonView[]>>({})
  const [presence, setPresence] = createStore<Record<string, PresenceView>>({})
  const [drafts, setDrafts] = createStore<Record<string, string>>({})
  const [isListLoaded, setListLoaded] = createSignal(false)
  const [deviceChanges, setDeviceChanges] = createSignal(0)
  const [hasPendingDevice, setPendingDevice] = createSignal(false)
  const [arrivals, setArrivals] = createSignal<Arrival | undefined>(undefined, { equals: false })
  const timelines = new Map<string, Timeline>()

  /** By last activity, newest first. */
  const order = createMemo<readonly string[]>(
    () =>
      Object.values(conversations)
        .sort((a, b) => b.lastActivityMs - a.lastActivityMs)
        .map(({ id }) => id),
    [],
    { equals: (a, b) => a.length === b.length && a.every((id, index) => id === b[index]) },
  )

  chat.subscribe((change) => batch(() => take(change)))

  return {
    chat,
    account,
    connection,
    conversation: (id: string): ConversationView | undefined => conversations[id],
    order,
    isListLoaded,
    typing: (id: string): readonly PersonView[] => typing[id] ?? [],
    presence: (user: string): PresenceView | undefined => presence[user],
    draft: (id: string): string | undefined => drafts[id],
    setDraft: (id: string, text: string) => setDrafts(id, text),
    /** Changes whenever a device of the account was added, approved, renamed or revoked. */
    deviceChanges,
    /** Another device of the account waits for approval. */
    hasPendingDevice,
    /** The last messages of others that came in, for announcing them. */
    arrivals,
    timeline: openTimeline,
  }

  function openTimeline(id: string): Timeline {
    const timeline = timelines.get(id) ?? new Timeline(chat, id)
    timelines.delete(id)
    timelines.set(id, timeline)
    // The open chat was moved to the end above, so it is never the one that goes.
    const [eldest] = timelines.keys()
    if (timelines.size > timelinesMax && eldest !== undefined) timelines.delete(eldest)
    return timeline
  }

  function take(change: Change): void {
    switch (change.kind) {
      case 'account':
        if (change.account.kind !== 'signed-in') forget()
        setAccount(change.account)
        break
      case 'connection':
        if (change.connection.state === 'online' && connection().state !== 'online')
          for (const timeline of timelines.values()) void timeline.refresh().catch(() => {})
        setConnection(change.connection)
        break
      case 'conversations':
        setConversations(
          reconcile(Object.fromEntries(change.conversations.map((each) => [each.id, each]))),
        )
        setListLoaded(true)
        break
      case 'conversation':
        setConversations(change.conversation.id, reconcile(change.conversation))
        break
      case 'conversation-gone':
        setConversations(reconcile(without(conversations, change.conversation)))
        timelines.delete(change.conversation)
        break
      case 'messages': {
        const timeline = timelines.get(change.conversation)
        const arrived = change.messages.filter(
          ({ isOwn, content }) => change.isNew && !isOwn && content.kind === 'text',
        )
        timeline?.take(change.messages)
        const [latest] = arrived.slice(-1)
        if (latest !== undefined)
          setArrivals({ conversation: change.conversation, count: arrived.length, latest })
        break
      }
      case 'messages-gone':
        timelines.get(change.conversation)?.drop(change.ids)
        break
      case 'typing':
        setTyping(change.conversation, change.people)
        break
      case 'presence':
        setPresence(change.presence.user, reconcile(change.presence))
        break
      case 'devices':
        setDeviceChanges((count) => count + 1)
        setPendingDevice(change.hasPending)
        break
    }
  }

  function forget(): void {
    setConversations(reconcile({}))
    setTyping(reconcile({}))
    setPresence(reconcile({}))
    setDrafts(reconcile({}))
    setListLoaded(false)
    timelines.clear()
  }
}

export interface Arrival {
  readonly conversation: string
  readonly count: number
  readonly latest: MessageView
}

function without<T>(record: Readonly<Record<string, T>>, key: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([each]) => each !== key))
}
