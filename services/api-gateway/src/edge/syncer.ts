import { ChatError, type Sync } from '@parley/protocol'
import type { Clock } from '@parley/runtime'
import type { ChatQuestions } from './chat-questions.ts'
import type { Outgoing } from './outgoing.ts'
import type { Session } from './session.ts'
import { syncPageFacts } from './sync-page.ts'

/** The next page is asked for when less than this waits for the socket. */
const waitingBytesMax = 128 * 1024
const lookAgainMs = 20

/**
 * Answers a sync frame with all its pages, as fast as the socket takes them. A newer sync of the same
 * socket ends an older one.
 */
export class Syncer {
  readonly #chat: Pick<ChatQuestions, 'syncPage'>
  readonly #outgoing: Pick<Outgoing, 'page'>
  readonly #clock: Clock

  constructor(options: {
    readonly chat: Pick<ChatQuestions, 'syncPage'>
    readonly outgoing: Pick<Outgoing, 'page'>
    readonly clock: Clock
  }) {
    this.#chat = options.chat
    this.#outgoing = options.outgoing
    this.#clock = options.clock
  }

  /** Errors: those of chat-service; pages that were sent before stay valid. */
  async sync(session: Session, { request, epoch, since }: Sync): Promise<void> {
    session.syncing = request
    for (let from = since; session.syncing === request && session.state === 'ready'; ) {
      const page = await this.#chat.syncPage({ request, epoch, since: from }, session.token)
      if (session.syncing !== request) return
      const { isLast, lastPts, head } = syncPageFacts(page)
      if (isLast) session.syncing = undefined
      else if (lastPts <= from) throw new ChatError('unavailable', 'the log is being written')
      if (head > session.pts) session.pts = head
      this.#outgoing.page(session, page)
      from = lastPts
      while (session.state === 'ready' && session.socket.bufferedBytes > waitingBytesMax)
        await this.#clock.sleep(lookAgainMs)
    }
  }
}
