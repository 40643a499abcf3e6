/** The row at the top of the window and how much of it was scrolled away. */
interface Place {
  readonly key: string
  readonly offset: number
}

const placesMax = 200
const places = new Map<string, Place>()

/** Where the person was reading; nothing when it was the newest message. */
export function keepPlace(conversation: string, place: Place | undefined): void {
  places.delete(conversation)
  if (place === undefined) return
  places.set(conversation, place)
  const [eldest] = places.keys()
  if (places.size > placesMax && eldest !== undefined) places.delete(eldest)
}

export function placeOf(conversation: string): Place | undefined {
  return places.get(conversation)
}
