import { type JSX, Show, splitProps } from 'solid-js'
import styles from './button.module.css'
import { Icon, type IconName } from './icon.tsx'

type ButtonAttributes = JSX.ButtonHTMLAttributes<HTMLButtonElement>

/** `isBusy` keeps the words and the place; the button answers to nothing meanwhile. */
export function Button(
  props: ButtonAttributes & {
    look?: 'primary' | 'soft' | 'plain' | 'danger'
    isWide?: boolean
    isBusy?: boolean | undefined
    icon?: IconName
  },
): JSX.Element {
  const [own, rest] = splitProps(props, ['look', 'isWide', 'isBusy', 'icon', 'children', 'onClick'])
  return (
    <button
      type="button"
      {...rest}
      class={`${styles['button']} ${styles[own.look ?? 'primary']}`}
      classList={{ [styles['wide'] ?? '']: own.isWide === true }}
      aria-busy={own.isBusy === true}
      onClick={(event) => {
        if (own.isBusy === true) event.preventDefault()
        else if (typeof own.onClick === 'function') own.onClick(event)
      }}
    >
      <Show when={own.isBusy} fallback={own.icon && <Icon name={own.icon} size={18} />}>
        <span class={styles['spinner']} />
      </Show>
      {own.children}
    </button>
  )
}

/** A button that is a picture; `label` is its name and its tooltip. */
export function IconButton(
  props: ButtonAttributes & { icon: IconName; label: string; size?: number },
): JSX.Element {
  const [own, rest] = splitProps(props, ['icon', 'label', 'size', 'class'])
  return (
    <button
      type="button"
      {...rest}
      class={`${styles['icon']} ${own.class ?? ''}`}
      aria-label={own.label}
      title={own.label}
    >
      <Icon name={own.icon} {...(own.size === undefined ? {} : { size: own.size })} />
    </button>
  )
}
