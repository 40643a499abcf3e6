import { start } from '../start.tsx'
import { DemoChat } from './demo-chat.ts'

start(new DemoChat(location.search))
