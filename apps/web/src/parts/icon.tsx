import type { JSX } from 'solid-js'

/** Lines of 24 x 24, drawn for this app; they take the colour of the text around them. */
const paths = {
  plus: 'M12 5v14M5 12h14',
  search: 'M11 4.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM16 16l4 4',
  close: 'M6 6l12 12M18 6L6 18',
  back: 'M15 5l-7 7 7 7',
  forward: 'M9 5l7 7-7 7',
  down: 'M12 5v14M6 13l6 6 6-6',
  send: 'M5 12h13M12 5.5l6.5 6.5-6.5 6.5',
  lock: 'M7 11V8a5 5 0 0 1 10 0v3M6 11h12a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1z',
  shield: 'M12 3.5l7 2.5v5.5c0 4.4-2.9 7.4-7 9-4.1-1.6-7-4.6-7-9V6zM8.8 12l2.3 2.3 4.2-4.5',
  people:
    'M9 11a3.2 3.2 0 1 0 0-6.4A3.2 3.2 0 0 0 9 11zM3 19c.4-3 2.8-4.8 6-4.8s5.6 1.8 6 4.8M16 11a2.6 2.6 0 1 0-.6-5.1M17 14.4c2.2.4 3.7 1.9 4 4.1',
  more: 'M12 6.2v.1M12 12v.1M12 17.8v.1',
  gear: 'M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM19.2 13.6l1.5 1.2-1.8 3.1-1.8-.7a7 7 0 0 1-2 1.2l-.3 1.9h-3.6l-.3-1.9a7 7 0 0 1-2-1.2l-1.8.7-1.8-3.1 1.5-1.2a7 7 0 0 1 0-3.2L5.3 9.2l1.8-3.1 1.8.7a7 7 0 0 1 2-1.2l.3-1.9h3.6l.3 1.9a7 7 0 0 1 2 1.2l1.8-.7 1.8 3.1-1.5 1.2a7 7 0 0 1 0 3.2z',
  clock: 'M12 4.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15zM12 8v4.3l2.8 1.7',
  alert: 'M12 4.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15zM12 8.5v4M12 15.4v.1',
  copy: 'M9 9h9.5a.5.5 0 0 1 .5.5V19a.5.5 0 0 1-.5.5H9a.5.5 0 0 1-.5-.5V9.5A.5.5 0 0 1 9 9zM15.5 9V5.5A.5.5 0 0 0 15 5H5.5a.5.5 0 0 0-.5.5V15a.5.5 0 0 0 .5.5h3',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6z',
  eyeOff:
    'M4 4l16 16M9.9 5.8A9 9 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a16 16 0 0 1-2.7 3.4M6.3 7.4A15 15 0 0 0 2.5 12S6 18.5 12 18.5c1.6 0 3-.5 4.2-1.1M10 10a2.8 2.8 0 0 0 4 4',
  device:
    'M4.5 5.5h15a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-15a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1zM9 20h6M12 16.5V20',
  leave: 'M14 5H6.5a.5.5 0 0 0-.5.5v13a.5.5 0 0 0 .5.5H14M11 12h9.5M17 8.5l3.5 3.5-3.5 3.5',
  keyboard:
    'M4 7h16a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1zM7 10.5v.1M10.3 10.5v.1M13.7 10.5v.1M17 10.5v.1M8 13.8h8',
  chat: 'M5 5.5h14a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-7.5L7 20v-3.5H5a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1z',
  pen: 'M5 19l.8-3.7L16 5.1a1.5 1.5 0 0 1 2.1 0l.8.8a1.5 1.5 0 0 1 0 2.1L8.7 18.2z',
  info: 'M12 4.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15zM12 11.5V16M12 8.3v.1',
} as const

export type IconName = keyof typeof paths

/** A picture beside words; where it stands alone, the control around it has the name. */
export function Icon(props: { name: IconName; size?: number }): JSX.Element {
  return (
    <svg
      width={props.size ?? 22}
      height={props.size ?? 22}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={paths[props.name]} />
    </svg>
  )
}

/** The mark of Parley: two speech bubbles that share an edge. */
export function Mark(props: { size: number }): JSX.Element {
  return <img src="/icon.svg" width={props.size} height={props.size} alt="" />
}
