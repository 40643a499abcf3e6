// node --test test/mls.test.ts   (Node 24 strips the types itself)
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { initSync, Engine, type Change } from '../pkg/mls_wasm.js';

const pkg = new URL('../pkg/', import.meta.url);
const wasm = initSync({ module: readFileSync(new URL('mls_wasm_bg.wasm', pkg)) });
const SUITE = Number(process.env.MLS_SUITE ?? 0x4f);
const te = new TextEncoder(), td = new TextDecoder();
const b = (s: string) => te.encode(s);
const NO = new Uint8Array();
const none = new Uint32Array();
const hex = (u: Uint8Array) => Buffer.from(u).toString('hex');

/** What the host does: a database that takes all changes of one call in one transaction. */
class Device {
  db = new Map<string, Uint8Array>();
  engine = new Engine(SUITE, 3, 64, 1000);
  key: Uint8Array;
  readonly name: string;
  constructor(name: string) { this.name = name; this.key = this.engine.createIdentity(b(name)); this.save(); }
  save(): number {
    let n = 0;
    for (const [k, v] of this.engine.takeChanges() as Change[]) {
      if (v) { this.db.set(hex(k), v); n += v.length; } else this.db.delete(hex(k));
    }
    return n;
  }
  /** A crash: memory is lost, the database stays. */
  reload() {
    this.engine.free();
    this.engine = new Engine(SUITE, 3, 64, 1000);
    for (const [k, v] of this.db) this.engine.load(Buffer.from(k, 'hex'), v);
    this.engine.useIdentity(b(this.name), this.key);
  }
  kp() { const k = this.engine.keyPackage(false); this.save(); return k; }
}
const G = b('conversation-1');
const auth = (d: Device, g = G) => hex(d.engine.group(g).epochAuthenticator);
const code = (c: string) => (e: unknown) => { assert.equal((e as { code?: string }).code, c, String(e)); return true; };

function group(names: string[], app?: Uint8Array) {
  const ds = names.map((n) => new Device(n));
  const [a, ...rest] = ds;
  a.engine.createGroup(G, app);
  if (rest.length) {
    const c = a.engine.commit(G, rest.map((d) => d.kp()), none, undefined, NO);
    a.engine.mergePending(G);
    const tree = a.engine.ratchetTree(G);
    for (const d of rest) { d.engine.acceptWelcome(d.engine.openWelcome(c.welcome!, tree).handle); d.save(); }
  }
  a.save();
  return ds;
}
const deliver = (commit: Uint8Array, ds: Device[]) => {
  for (const d of ds) { const p = d.engine.process(G, commit); assert.equal(p.kind, 'commit'); d.engine.applyStaged(G); d.save(); }
};

test('create, add, welcome, messages with sender and AAD', () => {
  const [a, c] = group(['alice:1', 'bob:1'], b('{"v":1,"conv":"c1"}'));
  assert.equal(auth(a), auth(c));
  assert.equal(td.decode(c.engine.group(G).app!), '{"v":1,"conv":"c1"}');
  const m = a.engine.encrypt(G, b('hello'), b('aad-1'));
  const p = c.engine.process(G, m);
  assert.equal(p.kind, 'application');
  if (p.kind !== 'application') return;
  assert.equal(td.decode(p.plaintext), 'hello');
  assert.equal(td.decode(p.aad), 'aad-1');
  assert.equal(p.senderLeaf, 0);
  assert.equal(td.decode(p.senderIdentity!), 'alice:1');
  assert.deepEqual(p.senderKey, a.key);
  assert.equal(new DataView(m.buffer, m.byteOffset).getUint16(2), 2, 'application is a PrivateMessage');
  assert.deepEqual(a.engine.exportSecret(G, 'app', b('ctx'), 32), c.engine.exportSecret(G, 'app', b('ctx'), 32));
});

test('handshakes are PublicMessage; pending commit: lose the race, clear, follow the winner, retry', () => {
  const [a, c, d] = group(['alice:1', 'bob:1', 'carol:1']);
  const x = new Device('dave:1');
  const lost = a.engine.commit(G, [x.kp()], none, undefined, NO);
  a.save();
  assert.equal(new DataView(lost.commit.buffer, lost.commit.byteOffset).getUint16(2), 1);
  assert.ok(a.engine.group(G).pendingCommit);
  const won = c.engine.commit(G, [], none, undefined, NO);
  c.engine.mergePending(G); c.save();
  a.reload();                                      // a crash between sending and the verdict
  assert.ok(a.engine.group(G).pendingCommit, 'the pending commit is durable');
  a.engine.clearPending(G);
  deliver(won.commit, [a, d]);
  assert.equal(auth(a), auth(c));
  const again = a.engine.commit(G, [x.kp()], none, undefined, NO);
  a.save(); a.reload(); a.engine.mergePending(G); a.save();
  deliver(again.commit, [c, d]);
  x.engine.acceptWelcome(x.engine.openWelcome(again.welcome!, a.engine.ratchetTree(G)).handle);
  assert.equal(new Set([a, c, d, x].map((v) => auth(v))).size, 1);
  assert.throws(() => c.engine.process(G, lost.commit), code('rejected'));
});

test('own commit echoed by the server is recognised', () => {
  const [a] = group(['alice:1', 'bob:1']);
  const c = a.engine.commit(G, [], none, undefined, NO);
  assert.equal(a.engine.process(G, c.commit).kind, 'own-pending-commit');
  a.engine.mergePending(G);
});

test('policy: a staged commit can be refused without effect', () => {
  const [a, c] = group(['alice:1', 'bob:1']);
  const q = a.engine.commit(G, [new Device('mallory:1').kp()], none, undefined, NO);
  const p = c.engine.process(G, q.commit);
  assert.equal(p.kind, 'commit');
  if (p.kind === 'commit') { assert.equal(td.decode(p.adds[0].identity), 'mallory:1'); assert.deepEqual(p.removes, []); }
  const before = auth(c);
  c.engine.dropStaged(G);
  assert.equal(auth(c), before);
});

test('removed member cannot follow or read', () => {
  const [a, c, d] = group(['alice:1', 'bob:1', 'carol:1']);
  const before = a.engine.encrypt(G, b('before'), NO);
  const q = a.engine.commit(G, [], Uint32Array.of(2), undefined, NO);
  a.engine.mergePending(G);
  deliver(q.commit, [c]);
  const secret = a.engine.encrypt(G, b('not for carol'), NO);
  assert.equal((c.engine.process(G, secret) as { kind: string }).kind, 'application');
  // carol ignores the commit
  assert.throws(() => d.engine.process(G, secret), code('rejected'));
  // carol applies it
  const p = d.engine.process(G, q.commit);
  assert.ok(p.kind === 'commit' && p.selfRemoved);
  d.engine.applyStaged(G);
  assert.equal(d.engine.group(G).active, false);
  assert.throws(() => d.engine.process(G, secret));
  assert.throws(() => d.engine.encrypt(G, b('x'), NO));
  assert.throws(() => d.engine.exportSecret(G, 'app', NO, 32));
  // a commit made by the removed member is refused
  const e = group(['alice:1', 'bob:1', 'carol:1']);
  const qq = e[0].engine.commit(G, [], Uint32Array.of(2), undefined, NO); e[0].engine.mergePending(G); deliver(qq.commit, [e[1]]);
  const evil = e[2].engine.commit(G, [], none, undefined, NO);
  assert.throws(() => e[1].engine.process(G, evil.commit), code('rejected'));
  void before;
});

test('replay, out of order, retention', () => {
  const [a, c] = group(['alice:1', 'bob:1']);
  const ms = Array.from({ length: 40 }, (_, i) => a.engine.encrypt(G, b('m' + i), NO));
  for (const m of ms.toReversed()) assert.equal(c.engine.process(G, m).kind, 'application');
  assert.throws(() => c.engine.process(G, ms[3]), code('rejected'));
  c.save(); c.reload();
  assert.throws(() => c.engine.process(G, ms[39]), code('rejected'), 'replay after reload');
  const old = Array.from({ length: 6 }, () => {
    const m = a.engine.encrypt(G, b('old'), NO);
    const q = a.engine.commit(G, [], none, undefined, NO); a.engine.mergePending(G); deliver(q.commit, [c]);
    return m;
  });
  const ok = old.map((m) => { try { return c.engine.process(G, m).kind; } catch { return 'no'; } });
  assert.deepEqual(ok, ['no', 'no', 'no', 'application', 'application', 'application']); // 3 past epochs
});

test('an authentic sender: no cross-claims, own message, wrong group', () => {
  const [a, c] = group(['alice:1', 'bob:1']);
  const m = c.engine.encrypt(G, b('hi'), NO);
  assert.equal(c.engine.process(G, m).kind, 'own-message');
  assert.throws(() => a.engine.process(b('other'), m), code('wrong-group'));
  const bad = m.slice(); bad[bad.length - 1] ^= 1;
  assert.throws(() => a.engine.process(G, bad), code('rejected'));
  assert.equal(a.engine.process(G, m).kind, 'application', 'a damaged copy does not burn the key of the real one');
});

test('tampered tree, tampered welcome', () => {
  const [a, ...rest] = group(Array.from({ length: 9 }, (_, i) => 'u' + i));
  for (const d of rest.slice(0, 4)) { const q = d.engine.commit(G, [], none, undefined, NO); d.engine.mergePending(G); for (const o of [a, ...rest]) if (o !== d) deliver(q.commit, [o]); }
  const x = new Device('x');
  const q = a.engine.commit(G, [x.kp()], none, undefined, NO); a.engine.mergePending(G);
  const tree = a.engine.ratchetTree(G);
  let refused = 0; const step = Math.max(1, Math.floor(tree.length / 300)); let tried = 0;
  for (let i = 0; i < tree.length; i += step) {
    const t = tree.slice(); t[i] ^= 0x10; tried++;
    try { x.engine.dropWelcome(x.engine.openWelcome(q.welcome!, t).handle); } catch { refused++; }
  }
  assert.equal(refused, tried);
  assert.throws(() => x.engine.openWelcome(q.welcome!, NO));
  const w = q.welcome!.slice(); w[w.length - 3] ^= 1;
  assert.throws(() => x.engine.openWelcome(w, tree));
  const v = x.engine.openWelcome(q.welcome!, tree);
  assert.equal(td.decode(v.senderIdentity), 'u0');
  x.engine.acceptWelcome(v.handle);
  assert.equal(auth(x), auth(a));
});

test('external commit: join and resync', () => {
  const [a, c] = group(['alice:1', 'bob:1']);
  const x = new Device('xena:1');
  let j = x.engine.externalJoin(a.engine.groupInfo(G), a.engine.ratchetTree(G), b('why'));
  x.save();
  for (const d of [a, c]) { const p = d.engine.process(G, j.commit); assert.ok(p.kind === 'commit' && p.senderLeaf === -1 && td.decode(p.senderIdentity!) === 'xena:1'); d.engine.applyStaged(G); }
  assert.equal(auth(x), auth(a));
  // resync: bob lost his state, keeps his signature key
  c.engine.deleteGroup(G);
  j = c.engine.externalJoin(a.engine.groupInfo(G), a.engine.ratchetTree(G), NO);
  for (const d of [a, x]) { const p = d.engine.process(G, j.commit); assert.ok(p.kind === 'commit' && p.removes.includes(1)); d.engine.applyStaged(G); }
  assert.equal(new Set([a, c, x].map((v) => auth(v))).size, 1);
  assert.equal(a.engine.members(G).length, 3);
});

test('leave: proposal committed by another; app extension replaced', () => {
  const [a, c, d] = group(['alice:1', 'bob:1', 'carol:1'], b('one'));
  const prop = d.engine.leave(G);
  for (const v of [a, c]) { const p = v.engine.process(G, prop); assert.ok(p.kind === 'proposal'); v.engine.applyStaged(G); }
  assert.throws(() => a.engine.encrypt(G, b('x'), NO), code('encrypt'), 'pending proposals must be committed first');
  const q = a.engine.commit(G, [], none, b('two'), NO); a.engine.mergePending(G);
  deliver(q.commit, [c]);
  assert.equal(td.decode(c.engine.group(G).app!), 'two');
  assert.equal(c.engine.members(G).length, 2);
});

test('a lost write is visible: state of before resends the same generation and is refused', () => {
  const [a, c] = group(['alice:1', 'bob:1']);
  const m1 = a.engine.encrypt(G, b('one'), NO);   // not saved
  a.reload();
  const m2 = a.engine.encrypt(G, b('two'), NO);
  assert.equal(c.engine.process(G, m1).kind, 'application');
  assert.throws(() => c.engine.process(G, m2), code('rejected'));
});

test('random walk with a crash after every step: the database alone is enough', () => {
  const [a, ...rest] = group(Array.from({ length: 40 }, (_, i) => 'user-' + i));
  const c = rest[0]; const ds = [a, c]; let s = 7; const rnd = (n: number) => { s = (s * 1103515245 + 12345) & 0x7fffffff; return s % n; };
  let biggest = 0;
  for (let i = 0; i < 60; i++) {
    const [from, to] = rnd(2) ? ds : ds.toReversed();
    if (rnd(4)) {
      const m = from.engine.encrypt(G, b('n' + i), NO); from.save();
      const p = to.engine.process(G, m); biggest = Math.max(biggest, to.save());
      assert.ok(p.kind === 'application' && td.decode(p.plaintext) === 'n' + i);
    } else {
      const q = from.engine.commit(G, [], none, undefined, NO); from.save(); from.reload(); from.engine.mergePending(G); from.save();
      deliver(q.commit, [to]);
    }
    ds[rnd(2)].reload();
    assert.equal(auth(a), auth(c));
  }
  console.log('largest write for one message, 40 members:', biggest, 'B');
});

test('fuzz: mutated inputs, no trap, engine still works', { timeout: 600_000 }, () => {
  const [a, c, d] = group(['alice:1', 'bob:1', 'carol:1']);
  const x = new Device('x');
  const seedCommit = a.engine.commit(G, [x.kp()], none, undefined, b('aad'));
  const seeds = [a.engine.encrypt(G, b('hello fuzz'), b('aad')), seedCommit.commit, seedCommit.welcome!, seedCommit.groupInfo!, a.engine.keyPackage(false), d.engine.leave(G), a.engine.ratchetTree(G)];
  a.engine.clearPending(G);
  let s = 0x9e3779b9; const rnd = (n: number) => { s ^= s << 13; s ^= s >>> 17; s ^= s << 5; return (s >>> 0) % n; };
  const N = Number(process.env.FUZZ ?? 2000); let accepted = 0, refused = 0; let slow = 0;
  for (let i = 0; i < N; i++) {
    let m = seeds[rnd(seeds.length)].slice();
    for (let k = 1 + rnd(4); k--;) {
      const op = rnd(6), at = rnd(m.length);
      if (op < 3) m[at] ^= 1 << rnd(8);
      else if (op === 3) m[at] = [0, 0xff, 0x7f, 0x80, 0xc0, 0x40][rnd(6)];
      else if (op === 4) m = m.slice(0, at + 1);
      else { const t = new Uint8Array(m.length + 8); t.set(m.subarray(0, at)); for (let q = 0; q < 8; q++) t[at + q] = rnd(256); t.set(m.subarray(at), at + 8); m = t; }
    }
    if (seeds.some((q) => Buffer.compare(q, m) === 0)) continue; // mutations can cancel out
    const t0 = performance.now();
    for (const f of [
      () => c.engine.process(G, m),
      () => x.engine.openWelcome(m, a.engine.ratchetTree(G)),
      () => c.engine.inspectKeyPackage(m),
      () => x.engine.externalJoin(m, a.engine.ratchetTree(G), NO),
      () => x.engine.externalJoin(seedCommit.groupInfo!, m, NO),
    ].slice(0, i % 4 ? 1 : 5)) {
      try { f(); accepted++; c.engine.dropStaged(G); }
      catch (e) {
        if (e instanceof WebAssembly.RuntimeError || !(e as { code?: string }).code) throw new Error('trap at input ' + i + ': ' + (e as Error).stack + ' ' + hex(m));
        refused++;
      }
    }
    slow = Math.max(slow, performance.now() - t0);
  }
  console.log(`fuzz: ${N} inputs, ${refused} refused, ${accepted} accepted, slowest ${slow.toFixed(1)} ms, memory ${(wasm.memory.buffer.byteLength / 1e6).toFixed(0)} MB`);
  assert.equal(accepted, 0);
  assert.throws(() => c.engine.process(G, new Uint8Array(5 << 20)), code('too-large'));
  const m = a.engine.encrypt(G, b('still here'), NO);
  const p = d.engine.process(G, m); assert.equal(p.kind, 'application');
});
