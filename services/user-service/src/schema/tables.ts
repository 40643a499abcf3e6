/** The tables as Kysely sees them. Times are ms since 1970, truth values 0 and 1. */
export interface Tables {
  /** A name is claimed here; in a cluster in the shard of the name, not of the user. */
  names: { skeleton: string; name: string; user: string }
  users: {
    user: string
    name: string
    display_name: string
    about: string
    account_key: Uint8Array | null
    created_at_ms: number
  }
  credentials: { user: string; sealed_hash: Uint8Array; key_id: string }
  devices: {
    device: string
    user: string
    name: string
    platform: string
    added_at_ms: number
    last_seen_ms: number
    device_key: Uint8Array | null
    signature: Uint8Array | null
    sealed_account_key: Uint8Array | null
    session_version: number
    revoked_at_ms: number | null
  }
  sessions: {
    family: string
    user: string
    device: string
    token_hash: Uint8Array
    previous_hash: Uint8Array | null
    started_at_ms: number
    rotated_at_ms: number
    ended_at_ms: number | null
  }
  /** Claimed packages stay as their hash, so that publishing them again changes nothing. */
  key_packages: {
    device: string
    suite: number
    hash: Uint8Array
    body: Uint8Array
    is_last_resort: number
    published_at_ms: number
    claimed_at_ms: number | null
  }
  blocks: { user: string; target: string }
  /** Dense numbers: a reader sees that he has missed one. */
  revocations: { number: number; user: string; device: string; at_ms: number }
  account_outbox: { id: string; kind: string; user: string; device: string }
  signing_keys: {
    number: number
    kid: string
    active_from_ms: number
    public_jwk: string
    sealed: Uint8Array
    sealed_by: string
  }
  audit_log: {
    number: number
    at_ms: number
    action: string
    actor: string
    session: string
    target: string
    address_prefix: string
    previous_hash: Uint8Array
    hash: Uint8Array
  }
}
