import { type Change, type Chat, ChatFault } from '../chat/chat.ts'
import type { CallName, Wire, WorkerMessage } from './messages.ts'

interface Waiting {
  readonly resolve: (answer: never) => void
  readonly reject: (fault: ChatFault) => void
}

/** The chats of the worker at the other end of a wire. The wire is opened when it is needed. */
export function remoteChat({
  openWire,
  tab,
  isKnown,
}: {
  readonly openWire: () => Wire
  /** The name of this tab, and of the Web Lock that it holds. */
  readonly tab: string
  /** Whether this browser has an account; without one nothing is started yet. */
  readonly isKnown: () => Promise<boolean>
}): Chat {
  const listeners = new Set<(change: Change) => void>()
  const waiting = new Map<number, Waiting>()
  let wire: Wire | undefined
  let lastId = 0

  function opened(): Wire {
    if (wire !== undefined) return wire
    wire = openWire()
    wire.listen(take)
    wire.post({ kind: 'hello', tab })
    return wire
  }

  function take(message: WorkerMessage): void {
    switch (message.kind) {
      case 'change':
        for (const listener of listeners) listener(message.change)
        break
      case 'answer':
        // The worker answers a call with what its type says; `Remote` below names the pairs.
        waiting.get(message.id)?.resolve(message.answer as never)
        waiting.delete(message.id)
        break
      case 'fault':
        waiting.get(message.id)?.reject(new ChatFault(message.fault.code, message.fault))
        waiting.delete(message.id)
        break
      case 'started': {
        for (const { reject } of waiting.values()) reject(new ChatFault('overloaded'))
        waiting.clear()
        wire?.post({ kind: 'hello', tab })
        break
      }
    }
  }

  function call(name: CallName, input: unknown): Promise<never> {
    return new Promise((resolve, reject) => {
      lastId += 1
      waiting.set(lastId, { resolve, reject })
      opened().post({ kind: 'call', tab, id: lastId, call: name, input })
    })
  }

  const remote = (name: CallName) => (input?: unknown) => call(name, input)
  return {
    subscribe(listener) {
      listeners.add(listener)
      if (wire !== undefined) return
      void isKnown().then((isThere) => {
        if (isThere) opened()
        else if (wire === undefined) listener({ kind: 'account', account: { kind: 'signed-out' } })
      })
    },
    prepare() {
      opened()
    },
    signUp: remote('signUp'),
    signIn: remote('signIn'),
    signOut: remote('signOut'),
    tryNow: remote('tryNow'),
    findPerson: remote('findPerson'),
    openDirect: remote('openDirect'),
    createGroup: remote('createGroup'),
    addMembers: remote('addMembers'),
    removeMember: remote('removeMember'),
    setRole: remote('setRole'),
    renameGroup: remote('renameGroup'),
    leave: remote('leave'),
    timeline: remote('timeline'),
    send: remote('send'),
    retry: remote('retry'),
    discard: remote('discard'),
    markRead: remote('markRead'),
    typing: remote('typing'),
    watch: remote('watch'),
    safetyCode: remote('safetyCode'),
    setVerified: remote('setVerified'),
    devices: remote('devices'),
    renameDevice: remote('renameDevice'),
    revokeDevice: remote('revokeDevice'),
    approveDevice: remote('approveDevice'),
    changeProfile: remote('changeProfile'),
    readDraft: remote('readDraft'),
    saveDraft: remote('saveDraft'),
  }
}
