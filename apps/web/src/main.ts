import { loadShell } from './app.tsx'
import { openChat } from './link/open-chat.ts'
import { hadAccount, rememberAccount } from './link/remembered.ts'
import { start } from './start.tsx'

const chat = openChat()
if (hadAccount()) {
  chat.prepare()
  void loadShell().catch(() => {})
}
chat.subscribe((change) => {
  if (change.kind === 'account') rememberAccount(change.account.kind === 'signed-in')
})
start(chat)
