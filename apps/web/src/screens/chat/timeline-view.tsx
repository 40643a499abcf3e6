import { createEffect, createSignal, type JSX, on, onCleanup, onMount, Show } from 'solid-js'
import { Virtualizer, type VirtualizerHandle } from 'virtua/solid'
import type { ConversationView } from '../../chat/views.ts'
import { Icon } from '../../parts/icon.tsx'
import { useApp } from '../../state/context.ts'
import { words } from '../../words/words.ts'
import { keepPlace, placeOf } from './places.ts'
import { RowView } from './row-view.tsx'
import styles from './timeline-view.module.css'

/** This near to the top older messages are fetched. */
const fetchAheadPx = 1_200
/** This near to the bottom counts as being there. */
const bottomPx = 48

/** The messages, newest at the bottom; only what is seen has elements. */
export function TimelineView(props: { chat: ConversationView }): JSX.Element {
  const app = useApp()
  const timeline = app.timeline(props.chat.id)
  const [isPrepending, setPrepending] = createSignal(false)
  const [isAtBottom, setAtBottom] = createSignal(true)
  const [isReady, setReady] = createSignal(false)
  const [scroller, setScroller] = createSignal<HTMLDivElement>()
  const [isFetching, setFetching] = createSignal(false)
  const [seenSeq, setSeenSeq] = createSignal(props.chat.readSeq)
  let list: VirtualizerHandle | undefined

  const unseen = () =>
    isAtBottom()
      ? 0
      : timeline.keys.reduce((count, key) => {
          const message = timeline.message(key)
          const isUnseen = message !== undefined && !message.isOwn && (message.seq ?? 0) > seenSeq()
          return isUnseen && message.content.kind === 'text' ? count + 1 : count
        }, 0)

  onMount(() => void start())
  onCleanup(() => {
    if (list === undefined) return
    const index = list.findItemIndex(list.scrollOffset)
    const key = timeline.keys[index]
    const place =
      key === undefined ? undefined : { key, offset: list.scrollOffset - list.getItemOffset(index) }
    keepPlace(props.chat.id, isAtBottom() ? undefined : place)
  })

  async function start(): Promise<void> {
    if (props.chat.unread > 0) timeline.showUnreadAfter(props.chat.readSeq)
    try {
      await timeline.load()
    } catch {
      // The banner says why; what is on this device is shown.
    }
    const place = placeOf(props.chat.id)
    queueMicrotask(() => {
      const placeRow = place === undefined ? -1 : timeline.keys.indexOf(place.key)
      const unreadRow = timeline.keys.indexOf('new')
      if (unreadRow > 0) list?.scrollToIndex(unreadRow, { align: 'start', offset: -80 })
      else if (placeRow >= 0)
        list?.scrollToIndex(placeRow, { align: 'start', offset: place?.offset ?? 0 })
      else toBottom()
      requestAnimationFrame(() => {
        setReady(true)
        onScroll()
      })
    })
  }

  function toBottom(isSmooth = false): void {
    list?.scrollToIndex(timeline.keys.length - 1, { align: 'end', smooth: isSmooth })
  }

  /** Own messages lead to the bottom; those of others only for whom is there already. */
  createEffect(
    on(
      () => timeline.keys.at(-1),
      (newest, before) => {
        if (!isReady() || newest === before || newest === undefined) return
        const isOwn = timeline.message(newest)?.seq === undefined
        if (isAtBottom() || isOwn) queueMicrotask(() => toBottom())
        else queueMicrotask(onScroll)
      },
    ),
  )

  function onScroll(): void {
    const element = scroller()
    if (list === undefined || element === undefined || !isReady()) return
    const rest = element.scrollHeight - element.scrollTop - element.clientHeight
    setAtBottom(rest < bottomPx)
    if (element.scrollTop < fetchAheadPx) void fetchOlder()
    see(element)
  }

  async function fetchOlder(): Promise<void> {
    if (isFetching() || timeline.isStart) return
    setFetching(true)
    setPrepending(true)
    try {
      await timeline.loadOlder()
    } catch {
      // Tried again at the next scroll; the banner says what is wrong.
    } finally {
      requestAnimationFrame(() => {
        setPrepending(false)
        setFetching(false)
      })
    }
  }

  /** What was on the screen, with the page in front, is read. */
  function see(element: HTMLElement): void {
    if (list === undefined || document.visibilityState !== 'visible' || !document.hasFocus()) return
    const last = Math.min(
      timeline.keys.length - 1,
      list.findItemIndex(element.scrollTop + element.clientHeight - 8),
    )
    let seq = 0
    for (let index = last; index >= 0 && seq === 0; index -= 1)
      seq = timeline.message(timeline.keys[index] ?? '')?.seq ?? 0
    if (seq <= seenSeq()) return
    setSeenSeq(seq)
    void app.chat.markRead({ conversation: props.chat.id, seq }).catch(() => {})
  }

  onMount(() => {
    const look = () => onScroll()
    addEventListener('focus', look)
    document.addEventListener('visibilitychange', look)
    onCleanup(() => {
      removeEventListener('focus', look)
      document.removeEventListener('visibilitychange', look)
    })
  })

  /** The phone's keyboard, a growing composer or the banner take room at the bottom. */
  onMount(() => {
    const element = scroller()
    if (element === undefined) return
    const observer = new ResizeObserver(() => {
      if (isReady() && isAtBottom()) toBottom()
    })
    observer.observe(element)
    onCleanup(() => observer.disconnect())
  })

  return (
    <div class={styles['frame']}>
      <div
        ref={setScroller}
        class={styles['scroller']}
        classList={{ [styles['hidden'] ?? '']: !isReady() }}
        role="log"
        aria-live="off"
        aria-label={words.chat.log(props.chat.title)}
        tabindex={0}
      >
        <div class={styles['spacer']} />
        <Show when={scroller()}>
          {(element) => (
            <Virtualizer
              ref={(handle) => {
                list = handle
              }}
              data={timeline.keys}
              scrollRef={element()}
              shift={isPrepending()}
              itemSize={56}
              bufferSize={600}
              onScroll={onScroll}
              onResize={onScroll}
            >
              {(key) => <RowView row={key} timeline={timeline} chat={props.chat} />}
            </Virtualizer>
          )}
        </Show>
      </div>
      <Show when={isReady() && !isAtBottom()}>
        <button
          type="button"
          class={styles['jump']}
          aria-label={unseen() > 0 ? words.chat.toBottomNew(unseen()) : words.chat.toBottom}
          onClick={() => toBottom()}
        >
          <Icon name="down" />
          <Show when={unseen() > 0}>
            <span aria-hidden="true">{unseen()}</span>
          </Show>
        </button>
      </Show>
    </div>
  )
}
