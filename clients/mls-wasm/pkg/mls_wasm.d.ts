/* tslint:disable */
/* eslint-disable */

export type Change = [key: Uint8Array, value: Uint8Array | null];
export interface Member { leaf: number; identity: Uint8Array; signatureKey: Uint8Array }
export interface LeafView { identity: Uint8Array; signatureKey: Uint8Array }
export interface KeyPackageInfo extends LeafView { lastResort: boolean; notAfter: number }
export interface GroupInfoView {
    epoch: number; ownLeaf: number; active: boolean; pendingCommit: boolean; pendingProposals: number;
    epochAuthenticator: Uint8Array; app: Uint8Array | null;
}
export interface CommitBundle { commit: Uint8Array; welcome: Uint8Array | null; groupInfo: Uint8Array | null }
export interface ExternalJoin { groupId: Uint8Array; commit: Uint8Array; groupInfo: Uint8Array | null }
export interface WelcomeView {
    handle: number; groupId: Uint8Array; epoch: number;
    senderIdentity: Uint8Array; senderKey: Uint8Array; members: Member[];
}
interface ProcessedBase {
    epoch: number; aad: Uint8Array;
    /** -1: joins by external commit, -2: external sender */
    senderLeaf: number; senderIdentity: Uint8Array | null; senderKey: Uint8Array | null;
}
export type Processed = ProcessedBase & (
| { kind: "application"; plaintext: Uint8Array }
| { kind: "commit"; adds: LeafView[]; removes: number[]; proposals: string[]; committerLeafNode: LeafView | null; selfRemoved: boolean }
| { kind: "proposal"; proposal: string; removes: number[] }
| { kind: "own-pending-commit" } | { kind: "own-message" });



export class Engine {
    free(): void;
    [Symbol.dispose](): void;
    acceptWelcome(handle: number): Uint8Array;
    /**
     * Applies what the last `process` staged: merges the commit or queues the proposal.
     */
    applyStaged(id: Uint8Array | number[]): void;
    clearPending(id: Uint8Array | number[]): void;
    /**
     * Drops a group's working copy; its entries stay. The next use loads it again.
     */
    closeGroup(id: Uint8Array | number[]): void;
    /**
     * Commits adds, removes and queued proposals; always with an UpdatePath. The result is
     * pending: call `mergePending` when the server accepted it, `clearPending` when not.
     */
    commit(id: Uint8Array | number[], adds: Uint8Array[], removes: Uint32Array | number[], app: Uint8Array | number[] | null | undefined, aad: Uint8Array | number[]): CommitBundle;
    createGroup(id: Uint8Array | number[], app?: Uint8Array | number[] | null): void;
    /**
     * A new signature key pair, stored; returns the public key.
     */
    createIdentity(identity: Uint8Array | number[]): Uint8Array;
    /**
     * Deletes a group's entries (journalled).
     */
    deleteGroup(id: Uint8Array | number[]): void;
    dropStaged(id: Uint8Array | number[]): void;
    dropWelcome(handle: number): void;
    /**
     * Application message. Write `takeChanges` before sending the result.
     */
    encrypt(id: Uint8Array | number[], plaintext: Uint8Array | number[], aad: Uint8Array | number[]): Uint8Array;
    exportSecret(id: Uint8Array | number[], label: string, context: Uint8Array | number[], length: number): Uint8Array;
    /**
     * Joins (or rejoins) by external commit. OpenMLS merges at once: on refusal by the server
     * call `deleteGroup` (or reload the entries of before).
     */
    externalJoin(group_info: Uint8Array | number[], tree: Uint8Array | number[], aad: Uint8Array | number[]): ExternalJoin;
    groupInfo(id: Uint8Array | number[]): Uint8Array;
    group(id: Uint8Array | number[]): GroupInfoView;
    /**
     * Checks a KeyPackage and shows whose it is.
     */
    inspectKeyPackage(message: Uint8Array | number[]): KeyPackageInfo;
    /**
     * A KeyPackage (as MLSMessage). Its private keys are in the store.
     */
    keyPackage(last_resort: boolean): Uint8Array;
    /**
     * A Remove proposal for ourselves; another member must commit it.
     */
    leave(id: Uint8Array | number[]): Uint8Array;
    /**
     * Puts one stored entry back (at start, before anything else).
     */
    load(key: Uint8Array | number[], value: Uint8Array | number[]): void;
    members(id: Uint8Array | number[]): Member[];
    mergePending(id: Uint8Array | number[]): void;
    /**
     * `suite` is the IANA number. `maxPastEpochs`, `outOfOrder`, `forward` bound retained keys.
     */
    constructor(suite: number, max_past_epochs: number, out_of_order: number, forward: number);
    /**
     * Checks a Welcome and its tree; nothing is joined until `acceptWelcome`.
     */
    openWelcome(welcome: Uint8Array | number[], tree: Uint8Array | number[]): WelcomeView;
    /**
     * Checks a message. Application messages are decrypted here; a commit or proposal is only
     * staged: look at it, then `applyStaged` or `dropStaged`.
     */
    process(id: Uint8Array | number[], message: Uint8Array | number[]): Processed;
    /**
     * Random bytes from the engine's generator (for tests of the randomness source).
     */
    random(n: number): Uint8Array;
    ratchetTree(id: Uint8Array | number[]): Uint8Array;
    /**
     * Bytes of state in memory, for measurements.
     */
    stateSize(): number;
    /**
     * Everything that changed since the last call, for one host transaction.
     */
    takeChanges(): Change[];
    /**
     * Uses a stored signature key pair.
     */
    useIdentity(identity: Uint8Array | number[], _public: Uint8Array | number[]): void;
}

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
    readonly __wbg_engine_free: (a: number, b: number) => void;
    readonly engine_acceptWelcome: (a: number, b: number) => [number, number, number, number];
    readonly engine_applyStaged: (a: number, b: number, c: number) => [number, number];
    readonly engine_clearPending: (a: number, b: number, c: number) => [number, number];
    readonly engine_closeGroup: (a: number, b: number, c: number) => void;
    readonly engine_commit: (a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number, i: number, j: number, k: number) => [number, number, number];
    readonly engine_createGroup: (a: number, b: number, c: number, d: number, e: number) => [number, number];
    readonly engine_createIdentity: (a: number, b: number, c: number) => [number, number, number, number];
    readonly engine_deleteGroup: (a: number, b: number, c: number) => [number, number];
    readonly engine_dropStaged: (a: number, b: number, c: number) => void;
    readonly engine_dropWelcome: (a: number, b: number) => void;
    readonly engine_encrypt: (a: number, b: number, c: number, d: number, e: number, f: number, g: number) => [number, number, number, number];
    readonly engine_exportSecret: (a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number) => [number, number, number, number];
    readonly engine_externalJoin: (a: number, b: number, c: number, d: number, e: number, f: number, g: number) => [number, number, number];
    readonly engine_group: (a: number, b: number, c: number) => [number, number, number];
    readonly engine_groupInfo: (a: number, b: number, c: number) => [number, number, number, number];
    readonly engine_inspectKeyPackage: (a: number, b: number, c: number) => [number, number, number];
    readonly engine_keyPackage: (a: number, b: number) => [number, number, number, number];
    readonly engine_leave: (a: number, b: number, c: number) => [number, number, number, number];
    readonly engine_load: (a: number, b: number, c: number, d: number, e: number) => void;
    readonly engine_members: (a: number, b: number, c: number) => [number, number, number];
    readonly engine_mergePending: (a: number, b: number, c: number) => [number, number];
    readonly engine_new: (a: number, b: number, c: number, d: number) => [number, number, number];
    readonly engine_openWelcome: (a: number, b: number, c: number, d: number, e: number) => [number, number, number];
    readonly engine_process: (a: number, b: number, c: number, d: number, e: number) => [number, number, number];
    readonly engine_random: (a: number, b: number) => [number, number, number, number];
    readonly engine_ratchetTree: (a: number, b: number, c: number) => [number, number, number, number];
    readonly engine_stateSize: (a: number) => number;
    readonly engine_takeChanges: (a: number) => any;
    readonly engine_useIdentity: (a: number, b: number, c: number, d: number, e: number) => [number, number];
    readonly __wbindgen_exn_store: (a: number) => void;
    readonly __externref_table_alloc: () => number;
    readonly __wbindgen_externrefs: WebAssembly.Table;
    readonly __externref_table_dealloc: (a: number) => void;
    readonly __wbindgen_free: (a: number, b: number, c: number) => void;
    readonly __wbindgen_malloc: (a: number, b: number) => number;
    readonly __externref_drop_slice: (a: number, b: number) => void;
    readonly __wbindgen_realloc: (a: number, b: number, c: number, d: number) => number;
    readonly __wbindgen_start: () => void;
}

export type SyncInitInput = BufferSource | WebAssembly.Module;

/**
 * Instantiates the given `module`, which can either be bytes or
 * a precompiled `WebAssembly.Module`.
 *
 * @param {{ module: SyncInitInput }} module - Passing `SyncInitInput` directly is deprecated.
 *
 * @returns {InitOutput}
 */
export function initSync(module: { module: SyncInitInput } | SyncInitInput): InitOutput;

/**
 * If `module_or_path` is {RequestInfo} or {URL}, makes a request and
 * for everything else, calls `WebAssembly.instantiate` directly.
 *
 * @param {{ module_or_path: InitInput | Promise<InitInput> }} module_or_path - Passing `InitInput` directly is deprecated.
 *
 * @returns {Promise<InitOutput>}
 */
export default function __wbg_init (module_or_path: { module_or_path: InitInput | Promise<InitInput> } | InitInput | Promise<InitInput>): Promise<InitOutput>;
