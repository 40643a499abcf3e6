import type {
  Content,
  ConversationView,
  MessageState,
  MessageView,
  PersonView,
} from '../chat/views.ts'
import { anna, ben, luis, mai, member, ruth, self, yusuf } from './demo-people.ts'

const minuteMs = 60_000

interface Line {
  readonly by: PersonView
  readonly minutesAgo: number
  readonly content: Content
  readonly state?: MessageState
}

interface Story {
  readonly conversation: ConversationView
  readonly messages: readonly MessageView[]
}

function text(by: PersonView, minutesAgo: number, words: string, state?: MessageState): Line {
  return {
    by,
    minutesAgo,
    content: { kind: 'text', text: words },
    ...(state === undefined ? {} : { state }),
  }
}

function story(
  number: number,
  lines: readonly Line[],
  {
    title,
    people,
    unread = 0,
    nowMs,
  }: { title?: string; people: readonly PersonView[]; unread?: number; nowMs: number },
): Story {
  const id = `01900000-0000-7000-9000-${String(number).padStart(12, '0')}` as ConversationView['id']
  const [peer] = people
  const isDirect = title === undefined
  let seq = 0
  const messages = lines.map(({ by, minutesAgo, content, state }, index): MessageView => {
    const isSent = state !== 'queued' && state !== 'failed'
    if (isSent) seq += 1
    return {
      id: `${number}-${index}`,
      conversation: id,
      ...(isSent ? { seq } : {}),
      sender: by.user,
      senderName: by.displayName,
      isOwn: by.user === self.user,
      atMs: nowMs - minutesAgo * minuteMs,
      content,
      state: state ?? (by.user === self.user ? 'read' : 'sent'),
      ...(state === 'failed' ? { fault: 'internal' } : {}),
    }
  })
  const last = messages.at(-1)
  return {
    messages,
    conversation: {
      id,
      kind: isDirect ? 'direct' : 'group',
      isEncrypted: true,
      title: title ?? peer?.displayName ?? '',
      members: [member(self, isDirect ? 'member' : 'owner'), ...people.map((each) => member(each))],
      ...(isDirect && peer !== undefined ? { peer: peer.user } : {}),
      standing: 'member',
      role: isDirect ? 'member' : 'owner',
      ...(last === undefined ? {} : { last }),
      unread,
      readSeq: seq - unread,
      headSeq: seq,
      lastActivityMs: last?.atMs ?? nowMs,
    },
  }
}

const talk = [
  'Did you see the light over the river this morning?',
  'I took the long way home just for that.',
  'The bakery on the corner has cardamom buns again.',
  'Save me one.',
  'Bring the blue folder tomorrow, the one with the permits.',
  'It is on my desk already.',
  'Then we are done for today. That never happens!',
]

/** Chats as a person has them: long and short, quiet and loud, in two scripts. */
export function tellStories(nowMs: number): readonly Story[] {
  const long = Array.from({ length: 2_000 }, (_, index) =>
    text(
      index % 3 === 0 ? self : ruth,
      (2_000 - index) * 37 + 400,
      `${talk[index % talk.length]} ${index % 11 === 0 ? 'That reminds me of the summer when the ferry stopped in the middle of the lake and nobody minded at all.' : ''}`.trim(),
    ),
  )
  return [
    story(
      1,
      [
        text(anna, 1_500, 'Are you coming on Saturday? The forecast is finally on our side.'),
        text(self, 1_495, 'Yes! I’ll take the early train, so I can help set up.'),
        text(self, 1_494, 'Should I bring the projector or do you still have the one from March?'),
        text(anna, 1_490, 'Still have it, and the screen. Bring the long cable, though.'),
        text(
          anna,
          42,
          'Small change of plan: doors open at 18:30, we start at 19:00. The programme is here: https://films.example.org/saturday',
        ),
        text(self, 38, 'Perfect.'),
        text(
          self,
          37,
          'I’ll tell the others. Do we need to print anything? There were people without phones last time and they asked for something on paper.',
        ),
        text(anna, 9, 'Twenty copies would be wonderful.'),
        text(anna, 8, '🎬🍿'),
        text(self, 5, 'On it. See you at the station at ten?', 'read'),
        text(anna, 2, 'See you there. I’ll be the one with far too many bags.'),
      ],
      { people: [anna], nowMs },
    ),
    story(
      2,
      [
        {
          by: self,
          minutesAgo: 4_400,
          content: { kind: 'system', change: 'created', people: [ben, mai, luis] },
        },
        {
          by: self,
          minutesAgo: 4_399,
          content: { kind: 'system', change: 'renamed', people: [], text: 'Sunday hike' },
        },
        text(self, 4_390, 'Same place as last time?'),
        text(ben, 4_380, 'Works for me. I can take three people in the car.'),
        text(mai, 4_379, 'I call the front seat.'),
        text(
          mai,
          4_378,
          'And I have the map this time, so nobody has to guess at the second fork.',
        ),
        text(luis, 4_370, 'I do not want to talk about the second fork.'),
        { by: ben, minutesAgo: 300, content: { kind: 'system', change: 'added', people: [ruth] } },
        text(ruth, 290, 'Thank you for having me! What should I bring?'),
        text(self, 280, 'Good shoes and something to share for lunch.', 'delivered'),
        text(ben, 15, 'Weather looks good until four.'),
        text(
          luis,
          14,
          'I have a spare rain jacket for whoever forgets theirs, as somebody always does.',
        ),
        text(
          mai,
          12,
          'Meeting point at eight, then? The car park fills up early when the sun is out.',
        ),
      ],
      { title: 'Sunday hike', people: [ben, mai, luis, ruth], unread: 3, nowMs },
    ),
    story(3, long, { people: [ruth], nowMs }),
    story(
      4,
      [
        text(mai, 1_700, 'I put the recipe in the shared folder.'),
        text(self, 1_690, 'You are a hero.', 'delivered'),
      ],
      { people: [mai], nowMs },
    ),
    story(
      5,
      [
        text(yusuf, 2_900, 'مساء الخير! هل وصلتك الصور؟'),
        text(self, 2_890, 'وصلت، شكرًا جزيلًا', 'read'),
      ],
      { people: [yusuf], nowMs },
    ),
    story(
      6,
      [
        text(ben, 7_300, 'The invoice is paid, by the way.'),
        text(self, 7_290, 'Great, thank you', 'sent'),
        text(self, 3, 'Can you send me the receipt as well?', 'queued'),
      ],
      { people: [ben], nowMs },
    ),
    story(
      7,
      [
        text(luis, 12_000, 'Here is what I found so far.'),
        text(self, 11_990, 'That looks right to me.', 'failed'),
      ],
      { title: 'Book club', people: [luis, anna], nowMs },
    ),
  ]
}
