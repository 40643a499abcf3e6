import mlsUrl from '@parley/mls-wasm/mls_wasm_bg.wasm?url'
import type { ConversationId, DeviceId, UserId } from '@parley/protocol'
import { browserPlatform, openIndexedDbStore, ParleyClient } from '@parley/sdk'
import type { Change, Chat } from '../chat/chat.ts'
import { databaseName } from '../link/names.ts'
import { deviceNameOf } from './device-name.ts'

/** The store of a worker that is ending may be in use for a moment longer. */
const openTries = 20
const openPauseMs = 250

/** This browser as a device of an account. */
export interface Device {
  readonly calls: Omit<Chat, 'subscribe' | 'prepare' | 'watch'>
  /** The state so far, as changes. */
  state(): readonly Change[]
  watch(users: readonly string[]): void
}

/**
 * Opens what this browser has stored and goes online. The encryption engine comes over the wire
 * when the SDK asks for it first.
 */
export async function openDevice(tell: (change: Change) => void): Promise<Device> {
  const client = await ParleyClient.open({
    url: location.origin,
    store: await openStore(),
    platform: browserPlatform({
      loadMls: async () => ({ wasm: await WebAssembly.compileStreaming(fetch(mlsUrl)) }),
    }),
    deviceName: deviceNameOf(navigator.userAgent),
    clientName: 'parley-web/0.1.0',
  })
  let hasPending = false
  client.subscribe((event) => {
    if (event.kind === 'devices') hasPending = event.hasPending
    if (event.kind === 'key-changed') return
    const wasSignedIn = event.kind === 'account' && event.account.kind === 'signed-in'
    tell(event)
    if (wasSignedIn) tell(listOf(client))
  })
  client.connect()
  return {
    calls: callsOf(client),
    state: () => [
      { kind: 'account', account: client.account },
      { kind: 'connection', connection: client.connection },
      listOf(client),
      { kind: 'devices', hasPending },
    ],
    watch: (users) => client.watch(users as readonly UserId[]),
  }
}

function listOf(client: ParleyClient): Change {
  return { kind: 'conversations', conversations: client.conversations() }
}

async function openStore(): ReturnType<typeof openIndexedDbStore> {
  for (let tries = 1; ; tries += 1)
    try {
      return await openIndexedDbStore({ name: databaseName, onLost: () => self.close() })
    } catch (error) {
      if (tries === openTries) throw error
      await new Promise((resolve) => setTimeout(resolve, openPauseMs))
    }
}

/** Ids come back from tabs as the texts that they were sent as, so they are cast here. */
function callsOf(client: ParleyClient): Device['calls'] {
  const chat = (id: string) => id as ConversationId
  const user = (id: string) => id as UserId
  const device = (id: string) => id as DeviceId
  const people = (names: readonly string[]) => names.map((name) => ({ name }))
  return {
    signUp: (input) => client.signUp(input),
    signIn: (input) => client.signIn(input),
    signOut: () => client.signOut(),
    tryNow: async () => client.tryNow(),
    findPerson: (name) => client.findUser(name),
    openDirect: async (name) => (await client.openDirect({ name })).id,
    createGroup: async ({ title, names }) =>
      (await client.createGroup({ title, members: people(names) })).id,
    addMembers: ({ conversation, names }) => client.addMembers(chat(conversation), people(names)),
    removeMember: (input) => client.removeMember(chat(input.conversation), user(input.user)),
    setRole: (input) => client.setRole(chat(input.conversation), user(input.user), input.role),
    renameGroup: ({ conversation, title }) => client.renameGroup(chat(conversation), title),
    leave: (conversation) => client.leave(chat(conversation)),
    timeline: ({ conversation, ...query }) =>
      client.timeline({ conversation: chat(conversation), ...query }),
    send: async ({ conversation, text }) => void (await client.send(chat(conversation), { text })),
    retry: ({ conversation, id }) => client.retry(conversation, id),
    discard: async ({ conversation, id }) => void (await client.discard(conversation, id)),
    markRead: ({ conversation, seq }) => client.markRead(chat(conversation), seq),
    typing: async (conversation) => client.typing(chat(conversation)),
    safetyCode: (id) => client.safetyNumber(user(id)),
    setVerified: (input) => client.verifyContact(user(input.user), input.isVerified),
    devices: () => client.devices(),
    renameDevice: (input) => client.renameDevice(device(input.device), input.name),
    revokeDevice: (input) => client.revokeDevice(device(input.device), input.password),
    approveDevice: (id) => client.approveDevice(device(id)),
    changeProfile: (input) => client.changeProfile(input),
    readDraft: (conversation) => client.readDraft(chat(conversation)),
    saveDraft: ({ conversation, text }) => client.saveDraft(chat(conversation), text),
  }
}
