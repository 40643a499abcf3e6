import type { FaultCode } from '../chat/chat.ts'
import type { ConnectionState, MessageState, RoleView, SendFault } from '../chat/views.ts'

/** Every sentence of the app. A function takes what the sentence names. */
export const en = {
  product: 'Parley',
  skip: { list: 'Go to your chats', chat: 'Go to the open chat' },

  signIn: {
    promise: 'Private by design, pleasant by choice.',
    points: [
      ['Only you can read it', 'Every chat is end-to-end encrypted on your devices.'],
      ['No phone number, no e-mail', 'A name and a password are all you need.'],
      ['Yours to run', 'Open source, from one laptop to a whole city.'],
    ] as readonly (readonly [string, string])[],
    signUpTitle: 'Create your account',
    signInTitle: 'Welcome back',
    signUp: 'Create account',
    signIn: 'Sign in',
    toSignIn: 'Sign in instead',
    toSignUp: 'Create an account',
    haveAccount: 'Already have one?',
    noAccount: 'New here?',
    name: 'Name',
    nameHint: '3 to 32 letters a-z, digits, dots or underscores. Others find you by it.',
    displayName: 'Display name',
    displayNameHint: 'Shown in chats. You can change it later.',
    optional: 'optional',
    password: 'Password',
    passwordHint: (least: number) =>
      `At least ${least} characters. A few unrelated words work well.`,
    showPassword: 'Show password',
    hidePassword: 'Hide password',
    suggestions: 'Free names:',
    working: 'One moment',
    reason: {
      revoked: 'You were signed out on this device.',
      expired: 'You were signed out on this device after a long pause. Sign in to go on.',
      copied: 'This profile ran twice, so it was stopped. Sign in to go on here.',
    },
    nameShort: 'A name has at least 3 characters.',
    nameLong: 'A name has at most 32 characters.',
    nameLetters: 'Only a-z, digits, dots and underscores are possible here.',
    passwordShort: (missing: number) =>
      missing === 1 ? 'One more character is needed.' : `${missing} more characters are needed.`,
    passwordNeeded: 'Enter your password.',
    nameNeeded: 'Enter your name.',
    strength: ['Too short', 'Easy to guess', 'Good', 'Strong'] as readonly string[],
  },

  list: {
    title: 'Chats',
    filter: 'Search chats',
    clearFilter: 'Clear search',
    newChat: 'New chat',
    newGroup: 'New group',
    settings: 'Settings',
    noMatch: (text: string) => `No chat matches “${text}”.`,
    you: 'You',
    draft: 'Draft:',
    typing: 'typing',
    unread: (count: number) => (count === 1 ? '1 unread message' : `${count} unread messages`),
    many: '999+',
    online: 'online',
    encrypted: 'Encrypted message',
    noMessages: 'No messages yet',
  },

  empty: {
    title: (name: string) => `Welcome, ${name}`,
    text: 'Your chats will live here. Only you and the people in them can read them.',
    pick: 'Pick a chat, or start a new one.',
    start: 'Start a chat',
    startText: 'With anyone whose exact name you know.',
    group: 'Make a group',
    groupText: 'For family, friends or a team.',
    share: 'Share your name',
    copy: 'Copy',
    copied: 'Copied',
    shareText: 'People find you by your exact name:',
    shortcut: 'Shortcuts',
  },

  chat: {
    online: 'online',
    lastSeen: (when: string) => `last seen ${when}`,
    typing: (names: readonly string[]) =>
      names.length === 0
        ? 'typing'
        : names.length === 1
          ? `${names[0]} is typing`
          : names.length === 2
            ? `${names[0]} and ${names[1]} are typing`
            : 'several people are typing',
    members: (count: number) => (count === 1 ? '1 member' : `${count} members`),
    back: 'Back to your chats',
    lock: 'End-to-end encrypted',
    lockText: 'Only the people in this chat can read it, on their own devices.',
    compareCode: 'Compare safety code',
    groupInfo: 'Group info',
    log: (title: string) => `Messages in ${title}`,
    hello: 'Say hello',
    helloText: 'This chat is end-to-end encrypted: nobody but its people can read it.',
    today: 'Today',
    yesterday: 'Yesterday',
    newMessages: 'New messages',
    toBottom: 'Go to the newest message',
    toBottomNew: (count: number) =>
      count === 1 ? 'Go to 1 new message' : `Go to ${count} new messages`,
    retry: 'Try again',
    discard: 'Delete',
    edit: 'Edit',
    loading: 'Getting older messages',
    start: 'This is the beginning of the chat.',
    you: 'You',
    message: (parts: readonly string[]) => parts.filter((part) => part !== '').join(', '),
    announce: (name: string, text: string) => `${name}: ${text}`,
    announceMany: (count: number, title: string) => `${count} new messages in ${title}`,
    gone: 'This chat is not on this device.',
  },

  state: {
    queued: 'Waiting to send',
    sending: 'Sending',
    sent: 'Sent',
    delivered: 'Delivered',
    read: 'Read',
    failed: 'Not sent',
  } satisfies Record<MessageState, string>,

  sendFault: {
    'not-a-member': 'You are not in this chat any more.',
    'not-allowed': 'Only admins can do this here.',
    'too-large': 'The limit here is 16 KiB.',
    'key-changed': 'The safety code of someone in this chat changed.',
    'no-device': 'Nobody in this chat has a device that could receive it yet.',
    full: 'This group is full.',
    'device-copied': 'This profile runs twice.',
    internal: 'This didn’t work, and it is our fault.',
  } satisfies Record<SendFault, string>,

  content: {
    waiting: 'Getting this message',
    unreadable: 'Can’t be read on this device',
    'before-joining': 'it was written before you joined',
    'new-device': 'it was written before this device was added',
    damaged: 'its key is missing',
    unknown: 'Update the app to see this message.',
    erased: 'Message deleted',
  },

  system: {
    created: (who: string, isOwn: boolean) =>
      isOwn ? 'You created the group' : `${who} created the group`,
    started: 'The chat begins here',
    added: (who: string, isOwn: boolean, whom: string) =>
      isOwn ? `You added ${whom}` : `${who} added ${whom}`,
    joined: (whom: string) => `${whom} joined`,
    left: (who: string, isOwn: boolean) => (isOwn ? 'You left' : `${who} left`),
    removed: (who: string, isOwn: boolean, whom: string) =>
      isOwn ? `You removed ${whom}` : `${who} removed ${whom}`,
    renamed: (who: string, isOwn: boolean, text: string) =>
      isOwn ? `You named the group “${text}”` : `${who} named the group “${text}”`,
    role: (who: string, isOwn: boolean, whom: string, role: string) =>
      isOwn ? `You made ${whom} ${role}` : `${who} made ${whom} ${role}`,
    deviceAdded: (who: string, isOwn: boolean) =>
      isOwn ? 'You added a device' : `${who} added a device`,
    deviceRemoved: (who: string, isOwn: boolean) =>
      isOwn ? 'You removed a device' : `${who} removed a device`,
    keyChanged: (who: string) => `${who}’s safety code changed`,
    you: 'you',
  },

  composer: {
    label: (title: string) => `Message to ${title}`,
    placeholder: 'Message',
    send: 'Send',
    tooLong: (over: string) => `The limit here is 16 KiB. This text is ${over} too long.`,
    left: 'You left this chat. You can still read it.',
    removed: 'You are not in this chat any more. You can still read it.',
    pending: 'You can write as soon as another of your devices approves this one.',
    joining: 'You are being added. You can write as soon as that is done.',
  },

  connection: {
    connecting: 'Connecting',
    'catching-up': 'Catching up',
    offline: 'You are offline. Messages will be sent when you are back.',
    unreachable: (seconds: number) =>
      seconds > 0
        ? `Can’t reach the server. Next try in ${seconds} s.`
        : 'Can’t reach the server. Trying now.',
    busy: 'The server is busy. Your messages are safe and will be sent.',
    'update-needed': 'This version is too old.',
    'signed-out': 'You were signed out on this device.',
    copied: 'This profile runs twice. Continue here?',
    queued: (count: number) =>
      count === 0 ? '' : count === 1 ? '1 message is waiting.' : `${count} messages are waiting.`,
    tryNow: 'Try now',
    reload: 'Reload',
    signIn: 'Sign in',
    continueHere: 'Continue here',
  } satisfies Partial<Record<ConnectionState, unknown>> & Record<string, unknown>,

  newChat: {
    title: 'New chat',
    name: 'Exact name',
    hint: 'Names are unique. Ask the person for it, or share yours.',
    start: 'Start chat',
    notFound: 'Nothing found under this name.',
    self: 'That is your own name.',
    group: 'Make a group instead',
    cancel: 'Cancel',
  },

  newGroup: {
    title: 'New group',
    name: 'Group name',
    nameNeeded: 'Give the group a name.',
    member: 'Add people by exact name',
    add: 'Add',
    remove: (name: string) => `Remove ${name}`,
    create: 'Create group',
    already: 'This person is in the list already.',
    none: 'Add at least one person.',
    people: 'People in the group',
  },

  info: {
    title: 'Group info',
    rename: 'Rename',
    save: 'Save',
    members: 'Members',
    addMember: 'Add people',
    makeAdmin: 'Make admin',
    makeMember: 'Make member',
    remove: 'Remove',
    removeTitle: (name: string) => `Remove ${name}?`,
    removeText: (name: string) => `${name} will not be able to read what is written from now on.`,
    removeAction: 'Remove from group',
    leave: 'Leave group',
    leaveTitle: 'Leave this group?',
    leaveText: 'You will not receive new messages. What you have stays readable on this device.',
    message: 'Message',
    code: 'Safety code',
    options: (name: string) => `Options for ${name}`,
    you: 'you',
    encrypted: 'The name and everything written here are end-to-end encrypted.',
  },

  role: { owner: 'Owner', admin: 'Admin', member: 'Member' } satisfies Record<RoleView, string>,

  code: {
    title: 'Safety code',
    text: (name: string) =>
      `Compare this code with ${name}, in person or on a call. If both of you see the same, nobody is listening in.`,
    same: 'It is the same',
    unverify: 'Mark as not compared',
    verified: (name: string) => `You have compared the code with ${name}.`,
    copy: 'Copy',
    group: (index: number) => `Group ${index} of 12`,
    loading: 'Getting the keys',
  },

  devices: {
    title: 'Devices',
    text: 'Each device has its own keys. Revoke one that you lost: it goes dark within seconds.',
    current: 'This device',
    others: 'Other devices',
    none: 'You are signed in on this device only.',
    added: (when: string) => `Added ${when}`,
    seen: (when: string) => `last seen ${when}`,
    rename: 'Rename',
    revoke: 'Revoke',
    approve: 'Approve',
    pending: 'Waiting for your approval',
    pendingText: 'Approve it only if you have just signed in there yourself.',
    revokeTitle: (name: string) => `Revoke ${name}?`,
    revokeText: 'It is signed out at once and can read nothing that is written from now on.',
    revokeAction: 'Revoke device',
    name: 'Device name',
    password: 'Your password',
    thisPending: 'Approve this device',
    thisPendingText:
      'Open Settings, Devices on a device where you are signed in, and approve this one. Until then it can’t read or write.',
  },

  settings: {
    title: 'Settings',
    profile: 'Profile',
    theme: 'Theme',
    themes: { system: 'System', light: 'Light', dark: 'Dark' },
    enter: 'Enter sends the message',
    enterHint: 'Shift + Enter makes a new line.',
    enterOffHint: 'Enter makes a new line, Ctrl + Enter sends.',
    devices: 'Devices',
    shortcuts: 'Keyboard shortcuts',
    signOut: 'Sign out',
    signOutTitle: 'Sign out on this device?',
    signOutText:
      'Messages and keys on this device are deleted. Your other devices keep theirs; a device that signs in anew starts without old messages.',
    saved: 'Saved',
    save: 'Save',
    appearance: 'Appearance',
    writing: 'Writing',
    security: 'Security',
  },

  shortcuts: {
    title: 'Keyboard shortcuts',
    rows: [
      ['Ctrl K', 'Go to a chat'],
      ['Alt ↑  Alt ↓', 'Chat above, chat below'],
      ['Enter', 'Send'],
      ['Shift Enter', 'New line'],
      ['Esc', 'Close, or back to the list'],
      ['?', 'This sheet'],
    ] as readonly (readonly [string, string])[],
  },

  switcher: { title: 'Go to a chat', placeholder: 'Name of a chat', none: 'No chat matches.' },

  common: {
    close: 'Close',
    cancel: 'Cancel',
    back: 'Back',
    details: 'Details',
    ok: 'Done',
  },

  fault: {
    'bad-credentials': 'Name and password don’t match.',
    'name-taken': 'This name is taken.',
    'weak-password': 'This password is easy to guess.',
    'bad-name': 'Only a-z, digits, dots and underscores are possible here.',
    rate: 'That was a lot at once. You can go on in a moment.',
    'not-a-member': 'You are not in this chat any more.',
    'not-allowed': 'Only admins can do this here.',
    full: 'This group is full.',
    'device-limit': 'You already use 10 devices.',
    'too-large': 'The limit here is 16 KiB.',
    'not-found': 'Nothing found under this name.',
    'no-device': 'This person has no device that could receive messages yet.',
    'device-pending': 'Another of your devices has to approve this one first.',
    'key-changed': 'The safety code of someone in this chat changed.',
    offline: 'You need a connection for this.',
    revoked: 'You were signed out on this device.',
    'unsupported-version': 'This version is too old.',
    overloaded: 'The server didn’t answer. Nothing is lost.',
    'storage-blocked': 'This browser does not let us store messages.',
    'insecure-origin': 'This address is not secure (https), so encryption can’t run here.',
    internal: 'This didn’t work, and it is our fault.',
  } satisfies Record<FaultCode, string>,
  rateIn: (time: string) => `That was a lot at once. You can go on in ${time}.`,
} as const
