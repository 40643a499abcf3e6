//! A small, synchronous wasm facade over OpenMLS: one `Engine` per device, state as key-value
//! changes that the host writes in its own transaction. No input from the network may panic.

mod device_seal;
mod pieces;
mod storage;

use std::collections::HashMap;

use js_sys::{Array, Object, Reflect, Uint8Array};
use openmls::prelude::{
    tls_codec::{Deserialize as _, Serialize as _},
    *,
};
use openmls_basic_credential::SignatureKeyPair;
use openmls_traits::{random::OpenMlsRand, signatures::Signer, types::Ciphersuite, OpenMlsProvider};
use storage::{KvStorage, Redo};
use wasm_bindgen::prelude::*;

#[cfg(all(feature = "libcrux", not(feature = "rustcrypto")))]
type Crypto = openmls_libcrux_crypto::CryptoProvider;
#[cfg(feature = "rustcrypto")]
type Crypto = openmls_rust_crypto::RustCrypto;

/// GroupContext extension of the application: opaque bytes, kept and authenticated by MLS.
const APP_EXTENSION: u16 = 0xF0A0;
/// The largest message accepted before parsing.
const MAX_INPUT: usize = 4 << 20;
const KEY_PACKAGE_LIFETIME_S: u64 = 28 * 24 * 3600;

struct Provider {
    crypto: Crypto,
    storage: KvStorage,
}

impl OpenMlsProvider for Provider {
    type CryptoProvider = Crypto;
    type RandProvider = Crypto;
    type StorageProvider = KvStorage;
    fn storage(&self) -> &KvStorage {
        &self.storage
    }
    fn crypto(&self) -> &Crypto {
        &self.crypto
    }
    fn rand(&self) -> &Crypto {
        &self.crypto
    }
}

type Res<T> = Result<T, JsValue>;

/// A JS Error with a stable `code`.
fn fail(code: &str, detail: impl std::fmt::Display) -> JsValue {
    let e = js_sys::Error::new(&format!("{code}: {detail}"));
    let _ = Reflect::set(&e, &"code".into(), &code.into());
    e.into()
}

trait OrFail<T> {
    fn code(self, code: &str) -> Res<T>;
}
impl<T, E: std::fmt::Display> OrFail<T> for Result<T, E> {
    fn code(self, code: &str) -> Res<T> {
        self.map_err(|e| fail(code, e))
    }
}

fn bytes(b: &[u8]) -> JsValue {
    Uint8Array::from(b).into()
}

struct Obj(Object);
impl Obj {
    fn new() -> Self {
        Obj(Object::new())
    }
    fn set(self, key: &str, value: impl Into<JsValue>) -> Self {
        let _ = Reflect::set(&self.0, &key.into(), &value.into());
        self
    }
    fn bytes(self, key: &str, value: &[u8]) -> Self {
        self.set(key, bytes(value))
    }
    fn done(self) -> JsValue {
        self.0.into()
    }
}

fn num(n: u64) -> JsValue {
    JsValue::from_f64(n as f64)
}

fn parse(input: &[u8]) -> Res<MlsMessageIn> {
    if input.len() > MAX_INPUT {
        return Err(fail("too-large", input.len()));
    }
    // exact: trailing bytes are an error
    MlsMessageIn::tls_deserialize_exact(input).code("malformed")
}

fn parse_tree(input: &[u8]) -> Res<RatchetTreeIn> {
    if input.len() > MAX_INPUT {
        return Err(fail("too-large", input.len()));
    }
    RatchetTreeIn::tls_deserialize_exact(input).code("malformed")
}

fn identity_of(credential: &Credential) -> Vec<u8> {
    credential.serialized_content().to_vec()
}

#[wasm_bindgen]
pub struct Engine {
    provider: Provider,
    suite: Ciphersuite,
    me: Option<(CredentialWithKey, SignatureKeyPair)>,
    groups: HashMap<Vec<u8>, MlsGroup>,
    staged: HashMap<Vec<u8>, (u64, StagedCommit)>,
    proposals: HashMap<Vec<u8>, (u64, QueuedProposal)>,
    welcomes: HashMap<u32, (StagedWelcome, Redo)>,
    next_handle: u32,
    max_past_epochs: usize,
    out_of_order: u32,
    forward: u32,
}

impl Engine {
    fn sender_ratchet(&self) -> SenderRatchetConfiguration {
        SenderRatchetConfiguration::new(self.out_of_order, self.forward)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::builder()
            .ciphersuites(vec![self.suite])
            .extensions(vec![ExtensionType::LastResort, ExtensionType::Unknown(APP_EXTENSION)])
            .credentials(vec![CredentialType::Basic])
            .build()
    }

    fn join_config(&self) -> MlsGroupJoinConfig {
        MlsGroupJoinConfig::builder()
            .wire_format_policy(PURE_PLAINTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(false)
            .max_past_epochs(self.max_past_epochs)
            .sender_ratchet_configuration(self.sender_ratchet())
            .build()
    }

    fn me(&self) -> Res<&(CredentialWithKey, SignatureKeyPair)> {
        self.me.as_ref().ok_or_else(|| fail("no-identity", "call setIdentity first"))
    }

    fn open(&mut self, id: &[u8]) -> Res<()> {
        if !self.groups.contains_key(id) {
            let g = MlsGroup::load(&self.provider.storage, &GroupId::from_slice(id))
                .code("storage")?
                .ok_or_else(|| fail("no-group", "unknown group"))?;
            self.groups.insert(id.to_vec(), g);
        }
        Ok(())
    }

    /// All or nothing: an error leaves the entries as they were, and drops a working copy that
    /// may already have changed.
    fn tx<T>(&mut self, id: Option<&[u8]>, f: impl FnOnce(&mut Self) -> Res<T>) -> Res<T> {
        self.provider.storage.begin();
        let result = f(self);
        if result.is_ok() {
            self.provider.storage.commit();
        } else if !self.provider.storage.rollback().is_empty() {
            match id {
                Some(id) => drop(self.groups.remove(id)),
                None => self.groups.clear(),
            }
        }
        result
    }

    /// A member that never sent a commit keeps the leaf (and lifetime) of its KeyPackage.
    /// Checking it here would make the group unjoinable when that lifetime ends; it is
    /// checked where the KeyPackage is used.
    fn open_staged(&self, w: Welcome, tree: RatchetTreeIn) -> Res<StagedWelcome> {
        StagedWelcome::build_from_welcome(&self.provider, &self.join_config(), w)
            .code("bad-welcome")?
            .with_ratchet_tree(tree)
            .skip_lifetime_validation()
            // who was removed may be added again; whether the old group is done with is the host's to see
            .replace_old_group()
            .build()
            .code("bad-welcome")
    }

    fn app_extensions(&self, app: Option<Vec<u8>>) -> Res<Extensions<GroupContext>> {
        let mut list = vec![Extension::RequiredCapabilities(RequiredCapabilitiesExtension::new(
            &[ExtensionType::Unknown(APP_EXTENSION)],
            &[],
            &[CredentialType::Basic],
        ))];
        if let Some(app) = app {
            list.push(Extension::Unknown(APP_EXTENSION, UnknownExtension(app)));
        }
        Extensions::from_vec(list).code("bad-extension")
    }
}

macro_rules! group {
    ($self:ident, $id:expr) => {{
        $self.open($id)?;
        $self.groups.get_mut($id).expect("just opened")
    }};
}

#[wasm_bindgen]
impl Engine {
    /// `suite` is the IANA number. `maxPastEpochs`, `outOfOrder`, `forward` bound retained keys.
    #[wasm_bindgen(constructor)]
    pub fn new(suite: u16, max_past_epochs: usize, out_of_order: u32, forward: u32) -> Res<Engine> {
        let suite = Ciphersuite::try_from(suite).map_err(|_| fail("suite", suite))?;
        #[cfg(all(feature = "libcrux", not(feature = "rustcrypto")))]
        let crypto = Crypto::new().map_err(|_| fail("rng", "no randomness"))?;
        #[cfg(feature = "rustcrypto")]
        let crypto = Crypto::default();
        crypto.supports(suite).map_err(|_| fail("suite", "not in this build"))?;
        Ok(Engine {
            provider: Provider { crypto, storage: KvStorage::default() },
            suite,
            me: None,
            groups: HashMap::new(),
            staged: HashMap::new(),
            proposals: HashMap::new(),
            welcomes: HashMap::new(),
            next_handle: 1,
            max_past_epochs,
            out_of_order,
            forward,
        })
    }

    // ---- state -------------------------------------------------------------------------------

    /// Puts one stored entry back (at start, before anything else).
    pub fn load(&self, key: Vec<u8>, value: Vec<u8>) {
        self.provider.storage.load(key, value);
    }

    /// All stored entries are there.
    #[wasm_bindgen(js_name = loadDone)]
    pub fn load_done(&self) -> Res<()> {
        self.provider.storage.load_done().code("storage")
    }

    /// Everything that changed since the last call, for one host transaction.
    #[wasm_bindgen(js_name = takeChanges, unchecked_return_type = "Change[]")]
    pub fn take_changes(&self) -> Array {
        self.provider
            .storage
            .take_changes()
            .into_iter()
            .map(|(k, v)| {
                let pair = Array::new();
                pair.push(&bytes(&k));
                pair.push(&v.map(|v| bytes(&v)).unwrap_or(JsValue::NULL));
                JsValue::from(pair)
            })
            .collect()
    }

    /// Bytes of state in memory, for measurements.
    #[wasm_bindgen(js_name = stateSize)]
    pub fn state_size(&self) -> usize {
        self.provider.storage.size()
    }

    #[wasm_bindgen(js_name = hasGroup)]
    pub fn has_group(&mut self, id: &[u8]) -> Res<bool> {
        if self.groups.contains_key(id) {
            return Ok(true);
        }
        let loaded = MlsGroup::load(&self.provider.storage, &GroupId::from_slice(id)).code("storage")?;
        Ok(loaded.map(|g| self.groups.insert(id.to_vec(), g)).is_some_and(|_| true))
    }

    /// Drops a group's working copy; its entries stay. The next use loads it again.
    #[wasm_bindgen(js_name = closeGroup)]
    pub fn close_group(&mut self, id: &[u8]) {
        self.groups.remove(id);
        self.staged.remove(id);
        self.proposals.remove(id);
    }

    /// Deletes a group's entries (journalled).
    #[wasm_bindgen(js_name = deleteGroup)]
    pub fn delete_group(&mut self, id: &[u8]) -> Res<()> {
        group!(self, id);
        let mut g = self.groups.remove(id).expect("just opened");
        self.staged.remove(id);
        self.proposals.remove(id);
        g.delete(&self.provider.storage).code("storage")
    }

    // ---- identity ----------------------------------------------------------------------------

    /// A new signature key pair, stored; returns the public key.
    #[wasm_bindgen(js_name = createIdentity)]
    pub fn create_identity(&mut self, identity: Vec<u8>) -> Res<Vec<u8>> {
        let pair = SignatureKeyPair::new(self.suite.signature_algorithm()).map_err(|_| fail("keygen", "failed"))?;
        pair.store(&self.provider.storage).code("storage")?;
        let public = pair.to_public_vec();
        self.use_pair(identity, pair);
        Ok(public)
    }

    /// Uses a stored signature key pair.
    #[wasm_bindgen(js_name = useIdentity)]
    pub fn use_identity(&mut self, identity: Vec<u8>, public: &[u8]) -> Res<()> {
        let pair = SignatureKeyPair::read(&self.provider.storage, public, self.suite.signature_algorithm())
            .ok_or_else(|| fail("no-identity", "key pair not stored"))?;
        self.use_pair(identity, pair);
        Ok(())
    }

    fn use_pair(&mut self, identity: Vec<u8>, pair: SignatureKeyPair) {
        let cwk = CredentialWithKey {
            credential: BasicCredential::new(identity).into(),
            signature_key: pair.public().into(),
        };
        self.me = Some((cwk, pair));
    }

    /// Signs with the device's key, for something that is not MLS. The content has to begin with a
    /// label of its own, that no MLS signature begins with (RFC 9420, section 5.1.2).
    pub fn sign(&self, content: &[u8]) -> Res<Vec<u8>> {
        let (_, pair) = self.me()?;
        pair.sign(content).map_err(|_| fail("sign", "failed"))
    }

    /// Opens what `sealForKey` has made for this device's key.
    #[wasm_bindgen(js_name = openForKey)]
    pub fn open_for_key(&self, purpose: &[u8], sealed: &[u8]) -> Res<Vec<u8>> {
        let (_, pair) = self.me()?;
        device_seal::open(&self.provider.crypto, pair, purpose, sealed).map_err(|e| fail("rejected", e))
    }

    /// Encrypts for the holder of an Ed25519 key.
    #[wasm_bindgen(js_name = sealForKey)]
    pub fn seal_for_key(&self, public: &[u8], purpose: &[u8], secret: &[u8]) -> Res<Vec<u8>> {
        device_seal::seal(&self.provider.crypto, public, purpose, secret).map_err(|e| fail("bad-key", e))
    }

    /// A KeyPackage (as MLSMessage). Its private keys are in the store.
    #[wasm_bindgen(js_name = keyPackage)]
    pub fn key_package(&self, last_resort: bool) -> Res<Vec<u8>> {
        let (cwk, pair) = self.me()?;
        let mut b = KeyPackage::builder()
            .leaf_node_capabilities(self.capabilities())
            .key_package_lifetime(Lifetime::new(KEY_PACKAGE_LIFETIME_S));
        if last_resort {
            b = b.mark_as_last_resort();
        }
        let bundle = b.build(self.suite, &self.provider, pair, cwk.clone()).code("key-package")?;
        MlsMessageOut::from(bundle.into_key_package()).to_bytes().code("encode")
    }

    /// Checks a KeyPackage and shows whose it is.
    #[wasm_bindgen(js_name = inspectKeyPackage, unchecked_return_type = "KeyPackageInfo")]
    pub fn inspect_key_package(&self, message: &[u8]) -> Res<JsValue> {
        let kp = self.read_key_package(message)?;
        Ok(Obj::new()
            .bytes("identity", &identity_of(kp.leaf_node().credential()))
            .bytes("signatureKey", kp.leaf_node().signature_key().as_slice())
            .set("lastResort", kp.last_resort())
            .set("notAfter", num(kp.life_time().not_after()))
            .done())
    }

    fn read_key_package(&self, message: &[u8]) -> Res<KeyPackage> {
        match parse(message)?.extract() {
            MlsMessageBodyIn::KeyPackage(kp) => {
                let kp = kp.validate(&self.provider.crypto, ProtocolVersion::Mls10).code("bad-key-package")?;
                if kp.ciphersuite() != self.suite {
                    return Err(fail("bad-key-package", "another cipher suite"));
                }
                Ok(kp)
            }
            _ => Err(fail("wrong-type", "not a KeyPackage")),
        }
    }

    // ---- groups ------------------------------------------------------------------------------

    #[wasm_bindgen(js_name = createGroup)]
    pub fn create_group(&mut self, id: &[u8], app: Option<Vec<u8>>) -> Res<()> {
        self.tx(Some(id), |s| {
            let ext = s.app_extensions(app)?;
            let config = MlsGroupCreateConfig::builder()
                .ciphersuite(s.suite)
                .wire_format_policy(PURE_PLAINTEXT_WIRE_FORMAT_POLICY)
                .use_ratchet_tree_extension(false)
                .max_past_epochs(s.max_past_epochs)
                .sender_ratchet_configuration(s.sender_ratchet())
                .capabilities(s.capabilities())
                .with_group_context_extensions(ext)
                .build();
            let (cwk, pair) = s.me()?;
            let g = MlsGroup::new_with_group_id(&s.provider, pair, &config, GroupId::from_slice(id), cwk.clone())
                .code("create")?;
            s.groups.insert(id.to_vec(), g);
            Ok(())
        })
    }

    #[wasm_bindgen(unchecked_return_type = "GroupInfoView")]
    pub fn group(&mut self, id: &[u8]) -> Res<JsValue> {
        let g = group!(self, id);
        let app = g.extensions().unknown(APP_EXTENSION).map(|u| bytes(&u.0)).unwrap_or(JsValue::NULL);
        Ok(Obj::new()
            .set("epoch", num(g.epoch().as_u64()))
            .set("ownLeaf", g.own_leaf_index().u32())
            .set("active", g.is_active())
            .set("pendingCommit", g.pending_commit().is_some())
            .set("pendingProposals", g.pending_proposals().count() as u32)
            .bytes("epochAuthenticator", g.epoch_authenticator().as_slice())
            .set("app", app)
            .done())
    }

    #[wasm_bindgen(unchecked_return_type = "Member[]")]
    pub fn members(&mut self, id: &[u8]) -> Res<Array> {
        let g = group!(self, id);
        Ok(g.members()
            .map(|m| {
                Obj::new()
                    .set("leaf", m.index.u32())
                    .bytes("identity", &identity_of(&m.credential))
                    .bytes("signatureKey", &m.signature_key)
                    .done()
            })
            .collect())
    }

    /// Commits adds, removes and queued proposals; always with an UpdatePath. The result is
    /// pending: call `mergePending` when the server accepted it, `clearPending` when not.
    #[wasm_bindgen(unchecked_return_type = "CommitBundle")]
    pub fn commit(
        &mut self,
        id: &[u8],
        adds: Vec<Uint8Array>,
        removes: Vec<u32>,
        app: Option<Vec<u8>>,
        aad: Vec<u8>,
    ) -> Res<JsValue> {
        self.tx(Some(id), |s| {
            let mut kps = Vec::with_capacity(adds.len());
            for a in adds {
                kps.push(s.read_key_package(&a.to_vec())?);
            }
            s.open(id)?;
            let ext = match app {
                Some(a) => Some(s.app_extensions(Some(a))?),
                None => None,
            };
            let (_, pair) = s.me.as_ref().ok_or_else(|| fail("no-identity", "call setIdentity first"))?;
            let g = s.groups.get_mut(id).expect("just opened");
            g.set_aad(aad);
            let mut b = g
                .commit_builder()
                .consume_proposal_store(true)
                .force_self_update(true)
                .propose_adds(kps)
                .propose_removals(removes.into_iter().map(LeafNodeIndex::new));
            if let Some(ext) = ext {
                b = b.propose_group_context_extensions(ext).code("bad-extension")?;
            }
            let bundle = b
                .load_psks(&s.provider.storage)
                .code("commit")?
                .create_group_info(true)
                .use_ratchet_tree_extension(false)
                .build(&s.provider.crypto, &s.provider.crypto, pair, |_| true)
                .code("commit")?
                .stage_commit(&s.provider)
                .code("commit")?;
            let tree = match g.pending_commit() {
                Some(staged) => staged.export_ratchet_tree(&s.provider.crypto, g.export_ratchet_tree()).code("commit")?,
                None => None,
            }
            .ok_or_else(|| fail("commit", "no tree"))?;
            let (commit, welcome, info) = bundle.into_messages();
            let out = Obj::new()
                .bytes("commit", &commit.to_bytes().code("encode")?)
                .bytes("tree", &tree.tls_serialize_detached().code("encode")?);
            let out = match welcome {
                Some(w) => out.bytes("welcome", &w.to_bytes().code("encode")?),
                None => out.set("welcome", JsValue::NULL),
            };
            let out = match info {
                Some(i) => out.bytes("groupInfo", &i.to_bytes().code("encode")?),
                None => out.set("groupInfo", JsValue::NULL),
            };
            Ok(out.done())
        })
    }

    #[wasm_bindgen(js_name = mergePending)]
    pub fn merge_pending(&mut self, id: &[u8]) -> Res<()> {
        self.tx(Some(id), |s| {
            s.staged.remove(id);
            s.proposals.remove(id);
            let g = group!(s, id);
            g.merge_pending_commit(&s.provider).code("merge")
        })
    }

    #[wasm_bindgen(js_name = clearPending)]
    pub fn clear_pending(&mut self, id: &[u8]) -> Res<()> {
        self.tx(Some(id), |s| {
            let g = group!(s, id);
            g.clear_pending_commit(&s.provider.storage).code("storage")
        })
    }

    /// A Remove proposal for ourselves; another member must commit it.
    pub fn leave(&mut self, id: &[u8]) -> Res<Vec<u8>> {
        self.tx(Some(id), |s| {
            s.open(id)?;
            let (_, pair) = s.me.as_ref().ok_or_else(|| fail("no-identity", ""))?;
            let g = s.groups.get_mut(id).expect("just opened");
            g.leave_group(&s.provider, pair).code("leave")?.to_bytes().code("encode")
        })
    }

    /// Checks a message. Application messages are decrypted here; a commit or proposal is only
    /// staged: look at it, then `applyStaged` or `dropStaged`.
    #[wasm_bindgen(unchecked_return_type = "Processed")]
    pub fn process(&mut self, id: &[u8], message: &[u8]) -> Res<JsValue> {
        self.tx(Some(id), |s| {
            let message = match parse(message)?.extract() {
                MlsMessageBodyIn::PrivateMessage(m) => ProtocolMessage::from(m),
                MlsMessageBodyIn::PublicMessage(m) => ProtocolMessage::from(m),
                _ => return Err(fail("wrong-type", "not a group message")),
            };
            if message.group_id().as_slice() != id {
                return Err(fail("wrong-group", "group id differs"));
            }
            let g = group!(s, id);
            let now = g.epoch().as_u64();
            let m = g.process_message(&s.provider, message).code("rejected")?;
            let out = Obj::new().set("epoch", num(m.epoch().as_u64())).bytes("aad", m.aad());
            let out = match m.sender() {
                Sender::Member(leaf) => out
                    .set("senderLeaf", leaf.u32())
                    .bytes("senderIdentity", &identity_of(m.credential()))
                    .set(
                        "senderKey",
                        match g.member_at(*leaf) {
                            // a past-epoch message may come from a leaf that has since changed
                            Some(member) if m.epoch().as_u64() == now => bytes(&member.signature_key),
                            _ => JsValue::NULL,
                        },
                    ),
                Sender::NewMemberCommit | Sender::NewMemberProposal => {
                    out.set("senderLeaf", -1).bytes("senderIdentity", &identity_of(m.credential())).set("senderKey", JsValue::NULL)
                }
                Sender::External(_) => out.set("senderLeaf", -2).set("senderIdentity", JsValue::NULL).set("senderKey", JsValue::NULL),
            };
            Ok(match m.into_content() {
                ProcessedMessageContent::ApplicationMessage(a) => out.set("kind", "application").bytes("plaintext", &a.into_bytes()).done(),
                ProcessedMessageContent::StagedCommitMessage(c) => {
                    let adds: Array = c
                        .add_proposals()
                        .map(|p| {
                            let l = p.add_proposal().key_package().leaf_node();
                            Obj::new()
                                .bytes("identity", &identity_of(l.credential()))
                                .bytes("signatureKey", l.signature_key().as_slice())
                                .done()
                        })
                        .collect();
                    let removes: Array = c.remove_proposals().map(|p| JsValue::from(p.remove_proposal().removed().u32())).collect();
                    let kinds: Array = c.queued_proposals().map(|p| JsValue::from(format!("{:?}", p.proposal().proposal_type()))).collect();
                    let path = match c.update_path_leaf_node() {
                        Some(l) => Obj::new()
                            .bytes("identity", &identity_of(l.credential()))
                            .bytes("signatureKey", l.signature_key().as_slice())
                            .done(),
                        None => JsValue::NULL,
                    };
                    let removed = c.self_removed();
                    s.staged.insert(id.to_vec(), (now, *c));
                    out.set("kind", "commit")
                        .set("adds", adds)
                        .set("removes", removes)
                        .set("proposals", kinds)
                        .set("committerLeafNode", path)
                        .set("selfRemoved", removed)
                        .done()
                }
                ProcessedMessageContent::ProposalMessage(p) | ProcessedMessageContent::ExternalJoinProposalMessage(p) => {
                    let kind = format!("{:?}", p.proposal().proposal_type());
                    let removes = Array::new();
                    if let Proposal::Remove(r) = p.proposal() {
                        removes.push(&JsValue::from(r.removed().u32()));
                    }
                    s.proposals.insert(id.to_vec(), (now, *p));
                    out.set("kind", "proposal").set("proposal", kind).set("removes", removes).done()
                }
                ProcessedMessageContent::OwnPendingCommit => out.set("kind", "own-pending-commit").done(),
                ProcessedMessageContent::OwnPrivateMessage => out.set("kind", "own-message").done(),
                #[allow(unreachable_patterns)]
                _ => return Err(fail("unsupported", "message content")),
            })
        })
    }

    /// Applies what the last `process` staged: merges the commit or queues the proposal.
    #[wasm_bindgen(js_name = applyStaged)]
    pub fn apply_staged(&mut self, id: &[u8]) -> Res<()> {
        self.tx(Some(id), |s| {
            s.open(id)?;
            let g = s.groups.get_mut(id).expect("just opened");
            if let Some((epoch, c)) = s.staged.remove(id) {
                if epoch != g.epoch().as_u64() {
                    return Err(fail("stale", "epoch moved on"));
                }
                s.proposals.remove(id);
                return g.merge_staged_commit(&s.provider, c).code("merge");
            }
            if let Some((epoch, p)) = s.proposals.remove(id) {
                if epoch != g.epoch().as_u64() {
                    return Err(fail("stale", "epoch moved on"));
                }
                return g.store_pending_proposal(&s.provider.storage, p).code("storage");
            }
            Err(fail("nothing-staged", "call process first"))
        })
    }

    #[wasm_bindgen(js_name = dropStaged)]
    pub fn drop_staged(&mut self, id: &[u8]) {
        self.staged.remove(id);
        self.proposals.remove(id);
    }

    /// Application message. Write `takeChanges` before sending the result.
    pub fn encrypt(&mut self, id: &[u8], plaintext: &[u8], aad: Vec<u8>) -> Res<Vec<u8>> {
        self.tx(Some(id), |s| {
            s.open(id)?;
            let (_, pair) = s.me.as_ref().ok_or_else(|| fail("no-identity", ""))?;
            let g = s.groups.get_mut(id).expect("just opened");
            g.set_aad(aad);
            g.create_message(&s.provider, pair, plaintext).code("encrypt")?.to_bytes().code("encode")
        })
    }

    #[wasm_bindgen(js_name = exportSecret)]
    pub fn export_secret(&mut self, id: &[u8], label: &str, context: &[u8], length: usize) -> Res<Vec<u8>> {
        let g = group!(self, id);
        g.export_secret(&self.provider.crypto, label, context, length).code("export")
    }

    #[wasm_bindgen(js_name = ratchetTree)]
    pub fn ratchet_tree(&mut self, id: &[u8]) -> Res<Vec<u8>> {
        let g = group!(self, id);
        g.export_ratchet_tree().tls_serialize_detached().code("encode")
    }

    #[wasm_bindgen(js_name = groupInfo)]
    pub fn group_info(&mut self, id: &[u8]) -> Res<Vec<u8>> {
        self.open(id)?;
        let (_, pair) = self.me.as_ref().ok_or_else(|| fail("no-identity", ""))?;
        let g = self.groups.get_mut(id).expect("just opened");
        g.export_group_info(&self.provider.crypto, pair, false).code("group-info")?.to_bytes().code("encode")
    }

    // ---- joining -----------------------------------------------------------------------------

    /// Checks a Welcome and its tree; nothing is joined until `acceptWelcome`.
    #[wasm_bindgen(js_name = openWelcome, unchecked_return_type = "WelcomeView")]
    pub fn open_welcome(&mut self, welcome: &[u8], tree: &[u8]) -> Res<JsValue> {
        let w = match parse(welcome)?.extract() {
            MlsMessageBodyIn::Welcome(w) => w,
            _ => return Err(fail("wrong-type", "not a Welcome")),
        };
        let tree = parse_tree(tree)?;
        // Opening a Welcome deletes the KeyPackage's private keys. A damaged Welcome or tree must
        // not cost the join, so undo that and repeat it in `acceptWelcome`.
        self.provider.storage.begin();
        let opened = self.open_staged(w, tree);
        let redo = self.provider.storage.rollback();
        let staged = opened?;
        let h = self.next_handle;
        self.next_handle += 1;
        let sender = staged.welcome_sender().code("bad-welcome")?;
        let members: Array = staged
            .members()
            .map(|m| {
                Obj::new()
                    .set("leaf", m.index.u32())
                    .bytes("identity", &identity_of(&m.credential))
                    .bytes("signatureKey", &m.signature_key)
                    .done()
            })
            .collect();
        let out = Obj::new()
            .set("handle", h)
            .bytes("groupId", staged.group_context().group_id().as_slice())
            .set("epoch", num(staged.group_context().epoch().as_u64()))
            .bytes("senderIdentity", &identity_of(sender.credential()))
            .bytes("senderKey", sender.signature_key().as_slice())
            .set("members", members)
            .done();
        self.welcomes.insert(h, (staged, redo));
        Ok(out)
    }

    #[wasm_bindgen(js_name = acceptWelcome)]
    pub fn accept_welcome(&mut self, handle: u32) -> Res<Vec<u8>> {
        let (staged, redo) = self.welcomes.remove(&handle).ok_or_else(|| fail("no-welcome", handle))?;
        self.tx(None, |s| {
            s.provider.storage.redo(redo);
            let g = staged.into_group(&s.provider).code("join")?;
            let id = g.group_id().as_slice().to_vec();
            s.staged.remove(&id);
            s.proposals.remove(&id);
            s.groups.insert(id.clone(), g);
            Ok(id)
        })
    }

    #[wasm_bindgen(js_name = dropWelcome)]
    pub fn drop_welcome(&mut self, handle: u32) {
        self.welcomes.remove(&handle);
    }

    /// Joins (or rejoins) by external commit. OpenMLS merges at once: on refusal by the server
    /// call `deleteGroup` (or reload the entries of before).
    #[wasm_bindgen(js_name = externalJoin, unchecked_return_type = "ExternalJoin")]
    pub fn external_join(&mut self, group_info: &[u8], tree: &[u8], aad: Vec<u8>) -> Res<JsValue> {
        self.tx(None, |s| {
            let info = match parse(group_info)?.extract() {
                MlsMessageBodyIn::GroupInfo(i) => i,
                _ => return Err(fail("wrong-type", "not a GroupInfo")),
            };
            let tree = parse_tree(tree)?;
            let (cwk, pair) = s.me()?;
            let params = LeafNodeParameters::builder().with_capabilities(s.capabilities()).build();
            let (g, bundle) = MlsGroup::external_commit_builder()
                .with_ratchet_tree(tree)
                .skip_lifetime_validation()
                .with_config(s.join_config())
                .with_aad(aad)
                .build_group(&s.provider, info, cwk.clone())
                .code("external-join")?
                .leaf_node_parameters(params)
                .load_psks(&s.provider.storage)
                .code("external-join")?
                .create_group_info(true)
                .use_ratchet_tree_extension(false)
                .build(&s.provider.crypto, &s.provider.crypto, pair, |_| true)
                .code("external-join")?
                .finalize(&s.provider)
                .code("external-join")?;
            let id = g.group_id().as_slice().to_vec();
            s.groups.insert(id.clone(), g);
            let (commit, _, info) = bundle.into_messages();
            let out = Obj::new().bytes("groupId", &id).bytes("commit", &commit.to_bytes().code("encode")?);
            Ok(match info {
                Some(i) => out.bytes("groupInfo", &i.to_bytes().code("encode")?),
                None => out.set("groupInfo", JsValue::NULL),
            }
            .done())
        })
    }

    /// Random bytes from the engine's generator (for tests of the randomness source).
    pub fn random(&self, n: usize) -> Res<Vec<u8>> {
        self.provider.rand().random_vec(n).map_err(|_| fail("rng", "no randomness"))
    }
}

/// Only for the MLS working group's test vectors; never in a shipped build.
#[cfg(feature = "kat")]
#[wasm_bindgen]
impl Engine {
    #[wasm_bindgen(js_name = injectKeyPackage)]
    pub fn inject_key_package(&mut self, message: &[u8], init: Vec<u8>, encryption: Vec<u8>) -> Res<()> {
        use openmls_traits::storage::StorageProvider as _;
        #[derive(serde::Serialize)]
        struct Private {
            key: HpkePrivateKey,
        }
        #[derive(serde::Serialize)]
        struct Mirror {
            key_package: KeyPackage,
            private_init_key: HpkePrivateKey,
            private_encryption_key: Private,
        }
        let key_package = self.read_key_package(message)?;
        let hash_ref = key_package.hash_ref(&self.provider.crypto).code("hash")?;
        let mirror = Mirror {
            key_package,
            private_init_key: HpkePrivateKey::from(init),
            private_encryption_key: Private { key: HpkePrivateKey::from(encryption) },
        };
        let raw = rmp_serde::to_vec_named(&mirror).code("encode")?;
        let bundle: KeyPackageBundle = rmp_serde::from_slice(&raw).code("decode")?;
        self.provider.storage.write_key_package(&hash_ref, &bundle).code("storage")
    }

    #[wasm_bindgen(js_name = injectPsk)]
    pub fn inject_psk(&self, id: Vec<u8>, psk: &[u8]) -> Res<()> {
        openmls::schedule::PreSharedKeyId::external(id, vec![]).store(&self.provider, psk).code("psk")
    }

    /// Joins with the tree given or the one in the Welcome.
    #[wasm_bindgen(js_name = katJoin)]
    pub fn kat_join(&mut self, welcome: &[u8], tree: Option<Vec<u8>>) -> Res<Vec<u8>> {
        let w = match parse(welcome)?.extract() {
            MlsMessageBodyIn::Welcome(w) => w,
            _ => return Err(fail("wrong-type", "not a Welcome")),
        };
        let config = MlsGroupJoinConfig::builder()
            .wire_format_policy(MIXED_CIPHERTEXT_WIRE_FORMAT_POLICY)
            .number_of_resumption_psks(16)
            .build();
        let mut b = StagedWelcome::build_from_welcome(&self.provider, &config, w).code("bad-welcome")?.skip_lifetime_validation();
        if let Some(t) = tree {
            b = b.with_ratchet_tree(parse_tree(&t)?);
        }
        let g = b.build().code("bad-welcome")?.into_group(&self.provider).code("join")?;
        let id = g.group_id().as_slice().to_vec();
        self.groups.insert(id.clone(), g);
        Ok(id)
    }
}

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
export type Change = [key: Uint8Array, value: Uint8Array | null];
export interface Member { leaf: number; identity: Uint8Array; signatureKey: Uint8Array }
export interface LeafView { identity: Uint8Array; signatureKey: Uint8Array }
export interface KeyPackageInfo extends LeafView { lastResort: boolean; notAfter: number }
export interface GroupInfoView {
  epoch: number; ownLeaf: number; active: boolean; pendingCommit: boolean; pendingProposals: number;
  epochAuthenticator: Uint8Array; app: Uint8Array | null;
}
export interface CommitBundle { commit: Uint8Array; tree: Uint8Array; welcome: Uint8Array | null; groupInfo: Uint8Array | null }
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
"#;
