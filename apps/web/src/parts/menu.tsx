import { createSignal, createUniqueId, For, type JSX, Show } from 'solid-js'
import { IconButton } from './button.tsx'
import { Icon, type IconName } from './icon.tsx'
import styles from './menu.module.css'

export interface MenuItem {
  readonly label: string
  readonly icon?: IconName
  readonly isDanger?: boolean
  readonly act: () => void
}

/** A button with a list of actions. Arrows, Home and End move, Esc closes and gives focus back. */
export function Menu(props: {
  label: string
  icon: IconName
  items: readonly MenuItem[]
}): JSX.Element {
  const id = createUniqueId()
  const [isOpen, setOpen] = createSignal(false)
  let button: HTMLButtonElement | undefined
  let list: HTMLDivElement | undefined

  function items(): readonly HTMLElement[] {
    return [...(list?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])]
  }

  function move(event: KeyboardEvent): void {
    const all = items()
    const at = all.indexOf(document.activeElement as HTMLElement)
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key]
    if (event.key === 'Tab') list?.hidePopover()
    if (next === undefined) return
    event.preventDefault()
    all[(next + all.length) % all.length]?.focus()
  }

  function place(): void {
    if (button === undefined || list === undefined) return
    const { bottom, top, right } = button.getBoundingClientRect()
    const { offsetHeight: height, offsetWidth: width } = list
    const isBelow = bottom + height + 8 < innerHeight
    list.style.insetBlockStart = `${isBelow ? bottom + 4 : Math.max(8, top - height - 4)}px`
    list.style.insetInlineStart = `${Math.max(8, right - width)}px`
  }

  return (
    <>
      <IconButton
        ref={button}
        icon={props.icon}
        label={props.label}
        popovertarget={id}
        aria-haspopup="menu"
        aria-expanded={isOpen()}
      />
      <div
        ref={list}
        id={id}
        popover="auto"
        role="menu"
        tabindex={-1}
        aria-label={props.label}
        class={styles['menu']}
        onKeyDown={move}
        on:toggle={(event: ToggleEvent) => {
          setOpen(event.newState === 'open')
          if (event.newState !== 'open') return
          place()
          items()[0]?.focus()
        }}
      >
        <For each={props.items}>
          {(item) => (
            <button
              type="button"
              role="menuitem"
              tabindex={-1}
              class={styles['item']}
              classList={{ [styles['danger'] ?? '']: item.isDanger === true }}
              onClick={() => {
                list?.hidePopover()
                item.act()
              }}
            >
              <Show when={item.icon}>{(name) => <Icon name={name()} size={20} />}</Show>
              {item.label}
            </button>
          )}
        </For>
      </div>
    </>
  )
}
