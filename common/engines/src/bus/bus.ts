/**
 * Messages between processes that are worth something now or not at all.
 *
 * - Order. Messages of one publisher on one channel arrive in order; nothing between channels.
 * - Delivery. At most once, to whoever is subscribed now, on any process. A slow subscriber loses
 *   messages, and nobody waits for him. `receive` is called later, never from within `publish`; one
 *   that throws loses its message, and nobody else anything.
 * - Durability. None.
 * - Consistency. The bytes are not copied: neither side changes them afterwards.
 * - Errors. `publish` never throws and never waits; it counts what it could not deliver.
 */
export interface Bus extends AsyncDisposable {
  publish(channel: string, message: Uint8Array): void

  /** Resolves when messages published from now on arrive. Nothing arrives after disposing. */
  subscribe(channel: string, receive: (message: Uint8Array) => void): Promise<Disposable>
}
