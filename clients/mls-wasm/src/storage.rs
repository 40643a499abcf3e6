//! The engine's state as entries of bytes, with a journal: what changed since the host last asked,
//! and what to put back when a call fails.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use openmls_traits::storage::{traits, StorageProvider, CURRENT_VERSION};
use rmp_serde::config::BytesMode;
use serde::{de::DeserializeOwned, Serialize};
use sha2::{Digest, Sha256};

use crate::pieces::{self, Pieces};

type Entry = (Vec<u8>, Option<Vec<u8>>);

#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    #[error("an entry cannot be encoded: {0}")]
    Encode(#[from] rmp_serde::encode::Error),
    #[error("an entry cannot be decoded: {0}")]
    Decode(#[from] rmp_serde::decode::Error),
    #[error("an entry lacks a piece")]
    Piece,
}

type Res<T> = Result<T, StorageError>;

/// Changes that were taken back, and can be made again.
pub struct Redo(Vec<Entry>);

impl Redo {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

struct Before {
    value: Option<Vec<u8>>,
    /// The host had not been told of an earlier change either.
    was_changed: bool,
}

#[derive(Default)]
struct Inner {
    entries: HashMap<Vec<u8>, Vec<u8>>,
    /// Keys that the host has not been told of. Ordered, so that the same calls give the same list.
    changed: BTreeSet<Vec<u8>>,
    /// While a call runs: what its keys held before.
    undo: Option<HashMap<Vec<u8>, Before>>,
    /// Of the entries that the host has in pieces.
    pieces: HashMap<Vec<u8>, Pieces>,
    /// What was loaded and waits for `load_done`.
    loose: HashMap<Vec<u8>, Vec<u8>>,
}

#[derive(Default)]
pub struct KvStorage {
    inner: RefCell<Inner>,
}

/// What an entry is, as the first byte of its key. The numbers 0xe0 and above are the host's.
mod label {
    pub const JOIN_CONFIG: u8 = 1;
    pub const TREE: u8 = 2;
    pub const TRANSCRIPT: u8 = 3;
    pub const CONTEXT: u8 = 4;
    pub const CONFIRMATION: u8 = 5;
    pub const STATE: u8 = 6;
    pub const SECRETS: u8 = 7;
    pub const RESUMPTION: u8 = 8;
    pub const LEAF_INDEX: u8 = 9;
    pub const EPOCH_SECRETS: u8 = 10;
    pub const SIGNATURE_PAIR: u8 = 11;
    pub const ENCRYPTION_PAIR: u8 = 12;
    pub const KEY_PACKAGE: u8 = 13;
    pub const PSK: u8 = 14;
    pub const LEAF_NODES: u8 = 15;
    pub const PROPOSAL_REFS: u8 = 16;
    pub const PROPOSAL: u8 = 17;
    pub const EPOCH_PAIRS: u8 = 18;
}

/// The label and a hash of the parts, because some of them have more than a thousand bytes.
fn key_of(label: u8, parts: &[&dyn erased::Part]) -> Res<Vec<u8>> {
    let mut encoded = Vec::new();
    for part in parts {
        part.write(&mut encoded)?;
    }
    let mut key = vec![label];
    key.extend_from_slice(&Sha256::digest(&encoded));
    Ok(key)
}

/// Bytes as bytes: the default, an array of numbers, takes half as much again.
fn encode<V: Serialize + ?Sized>(value: &V) -> Res<Vec<u8>> {
    let mut out = Vec::new();
    let mut serializer =
        rmp_serde::Serializer::new(&mut out).with_struct_map().with_bytes(BytesMode::ForceIterables);
    value.serialize(&mut serializer)?;
    Ok(out)
}

/// Keys are made of several serialisable parts, which a slice of one type cannot hold.
mod erased {
    use super::{Res, Serialize};

    pub trait Part {
        fn write(&self, key: &mut Vec<u8>) -> Res<()>;
    }

    impl<T: Serialize> Part for T {
        fn write(&self, key: &mut Vec<u8>) -> Res<()> {
            Ok(rmp_serde::encode::write(key, self)?)
        }
    }
}

impl KvStorage {
    /// Entries and pieces in any order; `load_done` puts them together.
    pub fn load(&self, key: Vec<u8>, value: Vec<u8>) {
        self.inner.borrow_mut().loose.insert(key, value);
    }

    pub fn load_done(&self) -> Res<()> {
        let mut inner = self.inner.borrow_mut();
        let loose = std::mem::take(&mut inner.loose);
        for (key, stored) in &loose {
            if pieces::is_piece(key) {
                continue;
            }
            let (value, known) = pieces::join(key, stored, &loose).ok_or(StorageError::Piece)?;
            if let Some(known) = known {
                inner.pieces.insert(key.clone(), known);
            }
            inner.entries.insert(key.clone(), value);
        }
        Ok(())
    }

    pub fn size(&self) -> usize {
        self.inner.borrow().entries.iter().map(|(k, v)| k.len() + v.len()).sum()
    }

    pub fn take_changes(&self) -> Vec<Entry> {
        let mut inner = self.inner.borrow_mut();
        let Inner { entries, changed, pieces, .. } = &mut *inner;
        let mut out = Vec::new();
        for key in std::mem::take(changed) {
            let known = pieces.remove(&key).unwrap_or_default();
            let now = pieces::split(&key, entries.get(&key).map(Vec::as_slice), known, &mut out);
            if let Some(now) = now {
                pieces.insert(key, now);
            }
        }
        out
    }

    pub fn begin(&self) {
        self.inner.borrow_mut().undo = Some(HashMap::new());
    }

    pub fn commit(&self) {
        self.inner.borrow_mut().undo = None;
    }

    /// Puts back what was there at `begin`.
    pub fn rollback(&self) -> Redo {
        let before = self.inner.borrow_mut().undo.take().unwrap_or_default();
        let redo = before
            .into_iter()
            .map(|(key, Before { value, was_changed })| {
                let mut inner = self.inner.borrow_mut();
                if !was_changed {
                    inner.changed.remove(&key);
                }
                let new = match value {
                    Some(old) => inner.entries.insert(key.clone(), old),
                    None => inner.entries.remove(&key),
                };
                (key, new)
            })
            .collect();
        Redo(redo)
    }

    pub fn redo(&self, redo: Redo) {
        for (key, value) in redo.0 {
            self.put(key, value);
        }
    }

    fn put(&self, key: Vec<u8>, value: Option<Vec<u8>>) {
        let mut inner = self.inner.borrow_mut();
        if inner.entries.get(&key) == value.as_ref() {
            return;
        }
        let old = match value {
            Some(value) => inner.entries.insert(key.clone(), value),
            None => inner.entries.remove(&key),
        };
        let was_changed = !inner.changed.insert(key.clone());
        if let Some(undo) = inner.undo.as_mut() {
            undo.entry(key).or_insert(Before { value: old, was_changed });
        }
    }

    fn write<V: Serialize + ?Sized>(&self, key: Vec<u8>, value: &V) -> Res<()> {
        self.put(key, Some(encode(value)?));
        Ok(())
    }

    fn read<V: DeserializeOwned>(&self, key: Vec<u8>) -> Res<Option<V>> {
        match self.inner.borrow().entries.get(&key) {
            Some(bytes) => Ok(Some(rmp_serde::from_slice(bytes)?)),
            None => Ok(None),
        }
    }

    fn delete(&self, key: Vec<u8>) -> Res<()> {
        self.put(key, None);
        Ok(())
    }

    /// A list is one entry that holds the encodings of its items.
    fn list(&self, key: &[u8]) -> Res<Vec<Vec<u8>>> {
        Ok(self.read(key.to_vec())?.unwrap_or_default())
    }
}

impl StorageProvider<CURRENT_VERSION> for KvStorage {
    type Error = StorageError;

    fn write_mls_join_config<K: traits::GroupId<CURRENT_VERSION>, V: traits::MlsGroupJoinConfig<CURRENT_VERSION>>(&self, group: &K, value: &V) -> Res<()> {
        self.write(key_of(label::JOIN_CONFIG, &[group])?, value)
    }

    fn mls_group_join_config<K: traits::GroupId<CURRENT_VERSION>, V: traits::MlsGroupJoinConfig<CURRENT_VERSION>>(&self, group: &K) -> Res<Option<V>> {
        self.read(key_of(label::JOIN_CONFIG, &[group])?)
    }

    fn delete_group_config<K: traits::GroupId<CURRENT_VERSION>>(&self, group: &K) -> Res<()> {
        self.delete(key_of(label::JOIN_CONFIG, &[group])?)
    }

    fn write_tree<K: traits::GroupId<CURRENT_VERSION>, V: traits::TreeSync<CURRENT_VERSION>>(&self, group: &K, value: &V) -> Res<()> {
        self.write(key_of(label::TREE, &[group])?, value)
    }

    fn tree<K: traits::GroupId<CURRENT_VERSION>, V: traits::TreeSync<CURRENT_VERSION>>(&self, group: &K) -> Res<Option<V>> {
        self.read(key_of(label::TREE, &[group])?)
    }

    fn delete_tree<K: traits::GroupId<CURRENT_VERSION>>(&self, group: &K) -> Res<()> {
        self.delete(key_of(label::TREE, &[group])?)
    }

    fn write_interim_transcript_hash<K: traits::GroupId<CURRENT_VERSION>, V: traits::InterimTranscriptHash<CURRENT_VERSION>>(&self, group: &K, value: &V) -> Res<()> {
        self.write(key_of(label::TRANSCRIPT, &[group])?, value)
    }

    fn interim_transcript_hash<K: traits::GroupId<CURRENT_VERSION>, V: traits::InterimTranscriptHash<CURRENT_VERSION>>(&self, group: &K) -> Res<Option<V>> {
        self.read(key_of(label::TRANSCRIPT, &[group])?)
    }

    fn delete_interim_transcript_hash<K: traits::GroupId<CURRENT_VERSION>>(&self, group: &K) -> Res<()> {
        self.delete(key_of(label::TRANSCRIPT, &[group])?)
    }

    fn write_context<K: traits::GroupId<CURRENT_VERSION>, V: traits::GroupContext<CURRENT_VERSION>>(&self, group: &K, value: &V) -> Res<()> {
        self.write(key_of(label::CONTEXT, &[group])?, value)
    }

    fn group_context<K: traits::GroupId<CURRENT_VERSION>, V: traits::GroupContext<CURRENT_VERSION>>(&self, group: &K) -> Res<Option<V>> {
        self.read(key_of(label::CONTEXT, &[group])?)
    }

    fn delete_context<K: traits::GroupId<CURRENT_VERSION>>(&self, group: &K) -> Res<()> {
        self.delete(key_of(label::CONTEXT, &[group])?)
    }

    fn write_confirmation_tag<K: traits::GroupId<CURRENT_VERSION>, V: traits::ConfirmationTag<CURRENT_VERSION>>(&self, group: &K, value: &V) -> Res<()> {
        self.write(key_of(label::CONFIRMATION, &[group])?, value)
    }

    fn confirmation_tag<K: traits::GroupId<CURRENT_VERSION>, V: traits::ConfirmationTag<CURRENT_VERSION>>(&self, group: &K) -> Res<Option<V>> {
        self.read(key_of(label::CONFIRMATION, &[group])?)
    }

    fn delete_confirmation_tag<K: traits::GroupId<CURRENT_VERSION>>(&self, group: &K) -> Res<()> {
        self.delete(key_of(label::CONFIRMATION, &[group])?)
    }

    fn write_group_state<V: traits::GroupState<CURRENT_VERSION>, K: traits::GroupId<CURRENT_VERSION>>(&self, group: &K, value: &V) -> Res<()> {
        self.write(key_of(label::STATE, &[group])?, value)
    }

    fn group_state<V: traits::GroupState<CURRENT_VERSION>, K: traits::GroupId<CURRENT_VERSION>>(&self, group: &K) -> Res<Option<V>> {
        self.read(key_of(label::STATE, &[group])?)
    }

    fn delete_group_state<K: traits::GroupId<CURRENT_VERSION>>(&self, group: &K) -> Res<()> {
        self.delete(key_of(label::STATE, &[group])?)
    }

    fn write_message_secrets<K: traits::GroupId<CURRENT_VERSION>, V: traits::MessageSecrets<CURRENT_VERSION>>(&self, group: &K, value: &V) -> Res<()> {
        self.write(key_of(label::SECRETS, &[group])?, value)
    }

    fn message_secrets<K: traits::GroupId<CURRENT_VERSION>, V: traits::MessageSecrets<CURRENT_VERSION>>(&self, group: &K) -> Res<Option<V>> {
        self.read(key_of(label::SECRETS, &[group])?)
    }

    fn delete_message_secrets<K: traits::GroupId<CURRENT_VERSION>>(&self, group: &K) -> Res<()> {
        self.delete(key_of(label::SECRETS, &[group])?)
    }

    fn write_resumption_psk_store<K: traits::GroupId<CURRENT_VERSION>, V: traits::ResumptionPskStore<CURRENT_VERSION>>(&self, group: &K, value: &V) -> Res<()> {
        self.write(key_of(label::RESUMPTION, &[group])?, value)
    }

    fn resumption_psk_store<K: traits::GroupId<CURRENT_VERSION>, V: traits::ResumptionPskStore<CURRENT_VERSION>>(&self, group: &K) -> Res<Option<V>> {
        self.read(key_of(label::RESUMPTION, &[group])?)
    }

    fn delete_all_resumption_psk_secrets<K: traits::GroupId<CURRENT_VERSION>>(&self, group: &K) -> Res<()> {
        self.delete(key_of(label::RESUMPTION, &[group])?)
    }

    fn write_own_leaf_index<K: traits::GroupId<CURRENT_VERSION>, V: traits::LeafNodeIndex<CURRENT_VERSION>>(&self, group: &K, value: &V) -> Res<()> {
        self.write(key_of(label::LEAF_INDEX, &[group])?, value)
    }

    fn own_leaf_index<K: traits::GroupId<CURRENT_VERSION>, V: traits::LeafNodeIndex<CURRENT_VERSION>>(&self, group: &K) -> Res<Option<V>> {
        self.read(key_of(label::LEAF_INDEX, &[group])?)
    }

    fn delete_own_leaf_index<K: traits::GroupId<CURRENT_VERSION>>(&self, group: &K) -> Res<()> {
        self.delete(key_of(label::LEAF_INDEX, &[group])?)
    }

    fn write_group_epoch_secrets<K: traits::GroupId<CURRENT_VERSION>, V: traits::GroupEpochSecrets<CURRENT_VERSION>>(&self, group: &K, value: &V) -> Res<()> {
        self.write(key_of(label::EPOCH_SECRETS, &[group])?, value)
    }

    fn group_epoch_secrets<K: traits::GroupId<CURRENT_VERSION>, V: traits::GroupEpochSecrets<CURRENT_VERSION>>(&self, group: &K) -> Res<Option<V>> {
        self.read(key_of(label::EPOCH_SECRETS, &[group])?)
    }

    fn delete_group_epoch_secrets<K: traits::GroupId<CURRENT_VERSION>>(&self, group: &K) -> Res<()> {
        self.delete(key_of(label::EPOCH_SECRETS, &[group])?)
    }

    fn write_signature_key_pair<K: traits::SignaturePublicKey<CURRENT_VERSION>, V: traits::SignatureKeyPair<CURRENT_VERSION>>(&self, name: &K, value: &V) -> Res<()> {
        self.write(key_of(label::SIGNATURE_PAIR, &[name])?, value)
    }

    fn signature_key_pair<K: traits::SignaturePublicKey<CURRENT_VERSION>, V: traits::SignatureKeyPair<CURRENT_VERSION>>(&self, name: &K) -> Res<Option<V>> {
        self.read(key_of(label::SIGNATURE_PAIR, &[name])?)
    }

    fn delete_signature_key_pair<K: traits::SignaturePublicKey<CURRENT_VERSION>>(&self, name: &K) -> Res<()> {
        self.delete(key_of(label::SIGNATURE_PAIR, &[name])?)
    }

    fn write_encryption_key_pair<K: traits::EncryptionKey<CURRENT_VERSION>, V: traits::HpkeKeyPair<CURRENT_VERSION>>(&self, name: &K, value: &V) -> Res<()> {
        self.write(key_of(label::ENCRYPTION_PAIR, &[name])?, value)
    }

    fn encryption_key_pair<V: traits::HpkeKeyPair<CURRENT_VERSION>, K: traits::EncryptionKey<CURRENT_VERSION>>(&self, name: &K) -> Res<Option<V>> {
        self.read(key_of(label::ENCRYPTION_PAIR, &[name])?)
    }

    fn delete_encryption_key_pair<K: traits::EncryptionKey<CURRENT_VERSION>>(&self, name: &K) -> Res<()> {
        self.delete(key_of(label::ENCRYPTION_PAIR, &[name])?)
    }

    fn write_key_package<K: traits::HashReference<CURRENT_VERSION>, V: traits::KeyPackage<CURRENT_VERSION>>(&self, name: &K, value: &V) -> Res<()> {
        self.write(key_of(label::KEY_PACKAGE, &[name])?, value)
    }

    fn key_package<K: traits::HashReference<CURRENT_VERSION>, V: traits::KeyPackage<CURRENT_VERSION>>(&self, name: &K) -> Res<Option<V>> {
        self.read(key_of(label::KEY_PACKAGE, &[name])?)
    }

    fn delete_key_package<K: traits::HashReference<CURRENT_VERSION>>(&self, name: &K) -> Res<()> {
        self.delete(key_of(label::KEY_PACKAGE, &[name])?)
    }

    fn write_psk<K: traits::PskId<CURRENT_VERSION>, V: traits::PskBundle<CURRENT_VERSION>>(&self, name: &K, value: &V) -> Res<()> {
        self.write(key_of(label::PSK, &[name])?, value)
    }

    fn psk<V: traits::PskBundle<CURRENT_VERSION>, K: traits::PskId<CURRENT_VERSION>>(&self, name: &K) -> Res<Option<V>> {
        self.read(key_of(label::PSK, &[name])?)
    }

    fn delete_psk<K: traits::PskId<CURRENT_VERSION>>(&self, name: &K) -> Res<()> {
        self.delete(key_of(label::PSK, &[name])?)
    }

    fn append_own_leaf_node<K: traits::GroupId<CURRENT_VERSION>, V: traits::LeafNode<CURRENT_VERSION>>(
        &self,
        group: &K,
        leaf_node: &V,
    ) -> Res<()> {
        let key = key_of(label::LEAF_NODES, &[group])?;
        let mut nodes = self.list(&key)?;
        nodes.push(encode(leaf_node)?);
        self.write(key, &nodes)
    }

    fn own_leaf_nodes<K: traits::GroupId<CURRENT_VERSION>, V: traits::LeafNode<CURRENT_VERSION>>(
        &self,
        group: &K,
    ) -> Res<Vec<V>> {
        let nodes = self.list(&key_of(label::LEAF_NODES, &[group])?)?;
        nodes.iter().map(|bytes| Ok(rmp_serde::from_slice(bytes)?)).collect()
    }

    fn delete_own_leaf_nodes<K: traits::GroupId<CURRENT_VERSION>>(&self, group: &K) -> Res<()> {
        self.delete(key_of(label::LEAF_NODES, &[group])?)
    }

    fn queue_proposal<
        K: traits::GroupId<CURRENT_VERSION>,
        R: traits::ProposalRef<CURRENT_VERSION>,
        V: traits::QueuedProposal<CURRENT_VERSION>,
    >(
        &self,
        group: &K,
        reference: &R,
        proposal: &V,
    ) -> Res<()> {
        self.write(key_of(label::PROPOSAL, &[group, reference])?, proposal)?;
        let key = key_of(label::PROPOSAL_REFS, &[group])?;
        let mut references = self.list(&key)?;
        let encoded = encode(reference)?;
        if !references.contains(&encoded) {
            references.push(encoded);
        }
        self.write(key, &references)
    }

    fn queued_proposal_refs<K: traits::GroupId<CURRENT_VERSION>, R: traits::ProposalRef<CURRENT_VERSION>>(
        &self,
        group: &K,
    ) -> Res<Vec<R>> {
        let references = self.list(&key_of(label::PROPOSAL_REFS, &[group])?)?;
        references.iter().map(|bytes| Ok(rmp_serde::from_slice(bytes)?)).collect()
    }

    fn queued_proposals<
        K: traits::GroupId<CURRENT_VERSION>,
        R: traits::ProposalRef<CURRENT_VERSION>,
        V: traits::QueuedProposal<CURRENT_VERSION>,
    >(
        &self,
        group: &K,
    ) -> Res<Vec<(R, V)>> {
        let mut proposals = Vec::new();
        for reference in self.queued_proposal_refs::<K, R>(group)? {
            if let Some(proposal) = self.read(key_of(label::PROPOSAL, &[group, &reference])?)? {
                proposals.push((reference, proposal));
            }
        }
        Ok(proposals)
    }

    fn remove_proposal<K: traits::GroupId<CURRENT_VERSION>, R: traits::ProposalRef<CURRENT_VERSION>>(
        &self,
        group: &K,
        reference: &R,
    ) -> Res<()> {
        let key = key_of(label::PROPOSAL_REFS, &[group])?;
        let encoded = encode(reference)?;
        let mut references = self.list(&key)?;
        references.retain(|other| *other != encoded);
        self.write(key, &references)?;
        self.delete(key_of(label::PROPOSAL, &[group, reference])?)
    }

    fn clear_proposal_queue<K: traits::GroupId<CURRENT_VERSION>, R: traits::ProposalRef<CURRENT_VERSION>>(
        &self,
        group: &K,
    ) -> Res<()> {
        for reference in self.queued_proposal_refs::<K, R>(group)? {
            self.delete(key_of(label::PROPOSAL, &[group, &reference])?)?;
        }
        self.delete(key_of(label::PROPOSAL_REFS, &[group])?)
    }

    fn write_encryption_epoch_key_pairs<
        K: traits::GroupId<CURRENT_VERSION>,
        E: traits::EpochKey<CURRENT_VERSION>,
        V: traits::HpkeKeyPair<CURRENT_VERSION>,
    >(
        &self,
        group: &K,
        epoch: &E,
        leaf_index: u32,
        key_pairs: &[V],
    ) -> Res<()> {
        self.write(key_of(label::EPOCH_PAIRS, &[group, epoch, &leaf_index])?, key_pairs)
    }

    fn encryption_epoch_key_pairs<
        K: traits::GroupId<CURRENT_VERSION>,
        E: traits::EpochKey<CURRENT_VERSION>,
        V: traits::HpkeKeyPair<CURRENT_VERSION>,
    >(
        &self,
        group: &K,
        epoch: &E,
        leaf_index: u32,
    ) -> Res<Vec<V>> {
        Ok(self.read(key_of(label::EPOCH_PAIRS, &[group, epoch, &leaf_index])?)?.unwrap_or_default())
    }

    fn delete_encryption_epoch_key_pairs<
        K: traits::GroupId<CURRENT_VERSION>,
        E: traits::EpochKey<CURRENT_VERSION>,
    >(
        &self,
        group: &K,
        epoch: &E,
        leaf_index: u32,
    ) -> Res<()> {
        self.delete(key_of(label::EPOCH_PAIRS, &[group, epoch, &leaf_index])?)
    }
}
