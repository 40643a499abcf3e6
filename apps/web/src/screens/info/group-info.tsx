import { createSignal, For, type JSX, Show } from 'solid-js'
import type { ConversationView, MemberView, PersonView } from '../../chat/views.ts'
import { Avatar } from '../../parts/avatar.tsx'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Field } from '../../parts/field.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Menu, type MenuItem } from '../../parts/menu.tsx'
import { Panel } from '../../parts/panel.tsx'
import { attempt } from '../../parts/toast.tsx'
import { useApp } from '../../state/context.ts'
import { go, replace } from '../../state/router.ts'
import { words } from '../../words/words.ts'
import { PeoplePicker } from '../new-chat/people-picker.tsx'
import styles from './info.module.css'

type Question =
  | { readonly kind: 'add' }
  | { readonly kind: 'rename' }
  | { readonly kind: 'leave' }
  | { readonly kind: 'remove'; readonly member: MemberView }

/** Who is in the group, and what one may do there. */
export function GroupInfo(props: { chat: ConversationView; onClose: () => void }): JSX.Element {
  const app = useApp()
  const [question, setQuestion] = createSignal<Question>()
  const close = () => setQuestion(undefined)
  const id = () => props.chat.id
  const mayManage = () => props.chat.standing === 'member' && props.chat.role !== 'member'

  function actionsFor(member: MemberView): readonly MenuItem[] {
    const { user, role } = member
    const mayTouch = mayManage() && role !== 'owner'
    const isAdmin = role === 'admin'
    return [
      {
        label: words.info.message,
        icon: 'chat',
        act: () =>
          void attempt(async () =>
            replace({ screen: 'chat', conversation: await app.chat.openDirect(member.name) }),
          ),
      },
      {
        label: words.info.code,
        icon: 'shield',
        act: () => go({ screen: 'chat', conversation: id(), panel: { kind: 'code', user } }),
      },
      ...(mayTouch
        ? ([
            {
              label: isAdmin ? words.info.makeMember : words.info.makeAdmin,
              icon: 'people',
              act: () =>
                void attempt(() =>
                  app.chat.setRole({
                    conversation: id(),
                    user,
                    role: isAdmin ? 'member' : 'admin',
                  }),
                ),
            },
            {
              label: words.info.removeAction,
              icon: 'leave',
              isDanger: true,
              act: () => setQuestion({ kind: 'remove', member }),
            },
          ] as const)
        : []),
    ]
  }

  return (
    <Panel title={words.info.title} onClose={props.onClose}>
      <div class={styles['top']}>
        <Avatar id={id()} title={props.chat.title} kind="group" size="xl" />
        <p class={styles['title']}>
          <bdi>{props.chat.title}</bdi>
        </p>
        <p class={styles['sub']}>{words.chat.members(props.chat.members.length)}</p>
        <Show when={mayManage()}>
          <div class={styles['actions']}>
            <Button look="soft" icon="plus" onClick={() => setQuestion({ kind: 'add' })}>
              {words.info.addMember}
            </Button>
            <Button look="soft" icon="pen" onClick={() => setQuestion({ kind: 'rename' })}>
              {words.info.rename}
            </Button>
          </div>
        </Show>
      </div>
      <section>
        <h3 class={styles['heading']}>{words.info.members}</h3>
        <ul class={styles['members']}>
          <For each={props.chat.members}>
            {(member) => (
              <li class={styles['member']}>
                <Avatar id={member.user} title={member.displayName} size="l" />
                <span class={styles['who']}>
                  <bdi>{member.displayName}</bdi>
                  <small>
                    {member.isSelf ? words.info.you : member.name}
                    <Show when={member.isVerified}>
                      <Icon name="shield" size={14} />
                    </Show>
                  </small>
                </span>
                <Show when={member.role !== 'member'}>
                  <span class={styles['role']}>{words.role[member.role]}</span>
                </Show>
                <Show when={!member.isSelf}>
                  <Menu
                    icon="more"
                    label={words.info.options(member.displayName)}
                    items={actionsFor(member)}
                  />
                </Show>
              </li>
            )}
          </For>
        </ul>
      </section>
      <p class={styles['note']}>
        <Icon name="lock" size={18} />
        {words.info.encrypted}
      </p>
      <Show when={props.chat.standing === 'member'}>
        <Button look="danger" icon="leave" onClick={() => setQuestion({ kind: 'leave' })}>
          {words.info.leave}
        </Button>
      </Show>
      <Show when={question()} keyed>
        {(asked) => <QuestionDialog question={asked} chat={props.chat} onClose={close} />}
      </Show>
    </Panel>
  )
}

function QuestionDialog(props: {
  question: Question
  chat: ConversationView
  onClose: () => void
}): JSX.Element {
  const app = useApp()
  const [people, setPeople] = createSignal<readonly PersonView[]>([])
  const [title, setTitle] = createSignal(props.chat.title)
  const [isBusy, setBusy] = createSignal(false)
  const conversation = props.chat.id
  const { question } = props

  async function run(action: () => Promise<void>): Promise<void> {
    setBusy(true)
    if (await attempt(action)) props.onClose()
    setBusy(false)
  }

  switch (question.kind) {
    case 'add':
      return (
        <Dialog
          title={words.info.addMember}
          onClose={props.onClose}
          isSmall
          foot={
            <Button
              isBusy={isBusy()}
              disabled={people().length === 0}
              onClick={() =>
                void run(() =>
                  app.chat.addMembers({ conversation, names: people().map(({ name }) => name) }),
                )
              }
            >
              {words.info.addMember}
            </Button>
          }
        >
          <PeoplePicker
            people={people()}
            taken={props.chat.members.map(({ name }) => name)}
            onChange={setPeople}
          />
        </Dialog>
      )
    case 'rename':
      return (
        <Dialog
          title={words.info.rename}
          onClose={props.onClose}
          isSmall
          foot={
            <Button
              isBusy={isBusy()}
              disabled={title().trim() === ''}
              onClick={() =>
                void run(() => app.chat.renameGroup({ conversation, title: title().trim() }))
              }
            >
              {words.info.save}
            </Button>
          }
        >
          <Field
            label={words.newGroup.name}
            autofocus
            maxlength={64}
            value={title()}
            onInput={setTitle}
          />
        </Dialog>
      )
    case 'leave':
      return (
        <Dialog
          title={words.info.leaveTitle}
          onClose={props.onClose}
          isSmall
          foot={
            <>
              <Button look="plain" onClick={props.onClose}>
                {words.common.cancel}
              </Button>
              <Button
                look="danger"
                isBusy={isBusy()}
                onClick={() => void run(() => app.chat.leave(conversation))}
              >
                {words.info.leave}
              </Button>
            </>
          }
        >
          <p>{words.info.leaveText}</p>
        </Dialog>
      )
    case 'remove': {
      const { user, displayName } = question.member
      return (
        <Dialog
          title={words.info.removeTitle(displayName)}
          onClose={props.onClose}
          isSmall
          foot={
            <>
              <Button look="plain" onClick={props.onClose}>
                {words.common.cancel}
              </Button>
              <Button
                look="danger"
                isBusy={isBusy()}
                onClick={() => void run(() => app.chat.removeMember({ conversation, user }))}
              >
                {words.info.removeAction}
              </Button>
            </>
          }
        >
          <p>{words.info.removeText(displayName)}</p>
        </Dialog>
      )
    }
  }
}
