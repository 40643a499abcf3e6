import type { EdgeDelivery } from '@parley/protocol'

/**
 * What is to be sent to the sockets of a user now.
 *
 * - Delivery. At most once; nobody waits for it. Stored things are found by `sync`.
 * - Order. Deliveries to one user arrive in the order of the calls.
 */
export interface Deliveries {
  deliver(delivery: EdgeDelivery): void
}
