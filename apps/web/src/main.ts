import { openChat } from './link/open-chat.ts'
import { start } from './start.tsx'

start(openChat())
