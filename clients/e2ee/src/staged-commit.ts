import type { Processed as EngineProcessed } from '@parley/mls-wasm'
import { equalBytes } from './bytes.ts'
import { E2eeError } from './e2ee-error.ts'
import { assertDistinct, leafIdentity } from './leaf-identity.ts'
import type { GroupMember, LeafIdentity, Processed } from './mls-values.ts'

type EngineCommit = Extract<EngineProcessed, { kind: 'commit' }>
type StagedCommit = Extract<Processed, { kind: 'commit' }>

/** A new member by external commit, as the engine tells it. */
const externalLeaf = -1
const allowedProposals = new Set(['Add', 'Remove'])
const allowedExternalProposals = new Set(['ExternalInit', 'Remove'])

/**
 * What a commit would do, in our words. Throws `bad-commit` for what MLS allows and we never do: a
 * commit that changes the group's settings, a member that turns into another device, two leaves of
 * one device, somebody who joins by himself and throws others out.
 */
export function readStagedCommit(
  commit: EngineCommit,
  members: readonly GroupMember[],
): StagedCommit {
  const isExternal = commit.senderLeaf === externalLeaf
  const allowed = isExternal ? allowedExternalProposals : allowedProposals
  refuseUnless(
    commit.proposals.every((kind) => allowed.has(kind)),
    'proposals that are not in use',
  )
  const path = commit.committerLeafNode
  if (path === null) throw bad('no new keys of the committer')
  const committer = leafIdentity(path, 'bad-commit')
  const removed = members.filter(({ leaf }) => commit.removes.includes(leaf))
  refuseUnless(removed.length === commit.removes.length, 'removes somebody who is not there')
  const added = commit.adds.map((leaf) => leafIdentity(leaf, 'bad-commit'))
  if (isExternal) {
    const isOwnLeaf = removed.every(({ device }) => device === committer.device)
    refuseUnless(isOwnLeaf, 'joins and removes others')
  } else {
    const before = members.find(({ leaf }) => leaf === commit.senderLeaf)
    refuseUnless(before !== undefined && isSameDevice(before, committer), 'changes its device')
  }
  const staying = members.filter(({ leaf }) => !commit.removes.includes(leaf))
  assertDistinct([...staying, ...added, ...(isExternal ? [committer] : [])], 'bad-commit')
  return {
    kind: 'commit',
    epoch: commit.epoch,
    committer,
    isExternal,
    added,
    removed,
    isSelfRemoved: commit.selfRemoved,
  }
}

function isSameDevice(a: LeafIdentity, b: LeafIdentity): boolean {
  return a.user === b.user && a.device === b.device && equalBytes(a.deviceKey, b.deviceKey)
}

function refuseUnless(isAllowed: boolean, fault: string): void {
  if (!isAllowed) throw bad(fault)
}

function bad(fault: string): E2eeError {
  return new E2eeError('bad-commit', `a commit that ${fault}`)
}
