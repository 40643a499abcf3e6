//! How an entry leaves: whole, or, when it is large, in pieces cut where its content says so. Every
//! message changes a few bytes in the middle of an entry of up to a megabyte; then only the pieces
//! around them, and the list of pieces, are written again.
//!
//! Stored: `0, value` for a whole one; `1, next id, ids of the pieces...` for the list, in four bytes
//! each. A piece is stored under `PIECE, key of its entry, id`.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};

const PIECE: u8 = 0x70;
const WHOLE: u8 = 0;
const LIST: u8 = 1;

/// Larger values leave in pieces.
const WHOLE_MAX: usize = 3 << 10;
const PIECE_MIN: usize = 256;
const PIECE_MAX: usize = 4 << 10;
/// A piece ends where these bits of the rolling hash are zero: every 1 KiB on average.
const CUT_MASK: u32 = (1 << 10) - 1;

type Hash = [u8; 16];

/// What the host has of one entry.
#[derive(Default)]
pub struct Pieces {
    next: u32,
    ids: HashMap<Hash, u32>,
}

pub fn is_piece(key: &[u8]) -> bool {
    key.first() == Some(&PIECE)
}

/// Appends what has to be written so that the host has `value`, of which it has `known` so far.
pub fn split(
    key: &[u8],
    value: Option<&[u8]>,
    known: Pieces,
    out: &mut Vec<(Vec<u8>, Option<Vec<u8>>)>,
) -> Option<Pieces> {
    let (stored, now) = match value {
        Some(value) if value.len() > WHOLE_MAX => {
            let (list, now) = cut(key, value, &known, out);
            (Some(list), Some(now))
        }
        Some(value) => (Some([&[WHOLE], value].concat()), None),
        None => (None, None),
    };
    out.push((key.to_vec(), stored));
    let kept: HashSet<u32> = now.iter().flat_map(|now| now.ids.values().copied()).collect();
    let mut gone: Vec<u32> = known.ids.into_values().filter(|id| !kept.contains(id)).collect();
    gone.sort_unstable();
    out.extend(gone.into_iter().map(|id| (piece_key(key, id), None)));
    now
}

/// The value, and what the host has of it. None when it is damaged.
pub fn join(
    key: &[u8],
    stored: &[u8],
    all: &HashMap<Vec<u8>, Vec<u8>>,
) -> Option<(Vec<u8>, Option<Pieces>)> {
    let (kind, rest) = stored.split_first()?;
    match *kind {
        WHOLE => Some((rest.to_vec(), None)),
        LIST if rest.len() >= 4 && rest.len() % 4 == 0 => {
            let mut numbers = rest.chunks_exact(4).map(|n| u32::from_be_bytes([n[0], n[1], n[2], n[3]]));
            let mut now = Pieces { next: numbers.next()?, ids: HashMap::new() };
            let mut value = Vec::new();
            for id in numbers {
                let piece = all.get(&piece_key(key, id))?;
                now.ids.insert(hash(piece), id);
                value.extend_from_slice(piece);
            }
            Some((value, Some(now)))
        }
        _ => None,
    }
}

fn cut(
    key: &[u8],
    value: &[u8],
    known: &Pieces,
    out: &mut Vec<(Vec<u8>, Option<Vec<u8>>)>,
) -> (Vec<u8>, Pieces) {
    let mut now = Pieces { next: known.next, ids: HashMap::new() };
    let mut list = Vec::new();
    let mut rest = value;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(piece_length(rest));
        rest = after;
        let name = hash(piece);
        let id = match now.ids.get(&name).or_else(|| known.ids.get(&name)) {
            Some(id) => *id,
            None => {
                now.next = now.next.wrapping_add(1);
                out.push((piece_key(key, now.next), Some(piece.to_vec())));
                now.next
            }
        };
        now.ids.insert(name, id);
        list.extend_from_slice(&id.to_be_bytes());
    }
    let head = now.next.to_be_bytes();
    ([&[LIST], head.as_slice(), &list].concat(), now)
}

/// A rolling hash over the last 32 bytes: each step forgets the oldest bit of each byte.
fn piece_length(bytes: &[u8]) -> usize {
    let mut rolling: u32 = 0;
    for (i, byte) in bytes.iter().take(PIECE_MAX).enumerate() {
        rolling = (rolling << 1).wrapping_add((u32::from(*byte) + 1).wrapping_mul(0x9e37_79b1) >> 7);
        // The low bits see few bytes only, so the cut looks at the high ones.
        if i + 1 >= PIECE_MIN && (rolling >> 22) & CUT_MASK == 0 {
            return i + 1;
        }
    }
    bytes.len().min(PIECE_MAX)
}

fn piece_key(key: &[u8], id: u32) -> Vec<u8> {
    [&[PIECE], key, id.to_be_bytes().as_slice()].concat()
}

fn hash(piece: &[u8]) -> Hash {
    let mut short = Hash::default();
    short.copy_from_slice(&Sha256::digest(piece)[..16]);
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    type Store = HashMap<Vec<u8>, Vec<u8>>;

    fn write(store: &mut Store, value: Option<&[u8]>, known: Pieces) -> (Pieces, usize) {
        let mut out = Vec::new();
        let now = split(b"k", value, known, &mut out);
        let mut written = 0;
        for (key, value) in out {
            match value {
                Some(value) => {
                    written += value.len();
                    store.insert(key, value);
                }
                None => drop(store.remove(&key)),
            }
        }
        (now.unwrap_or_default(), written)
    }

    fn noise(length: usize, mut seed: u32) -> Vec<u8> {
        (0..length)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 24) as u8
            })
            .collect()
    }

    #[test]
    fn a_small_change_in_a_large_value_writes_little_and_leaves_nothing_behind() {
        let mut store = Store::new();
        let mut value = noise(200_000, 7);
        let (mut known, _) = write(&mut store, Some(&value), Pieces::default());
        for round in 0..50 {
            let at = (round * 3_989) % value.len();
            value.splice(at..at + 10, noise(40, round as u32));
            let (now, written) = write(&mut store, Some(&value), known);
            assert!(written < 16_000, "{written} bytes");
            known = now;
            assert_eq!(join(b"k", &store[b"k".as_slice()], &store).unwrap().0, value);
        }
        assert_eq!(store.len(), known.ids.len() + 1);
        write(&mut store, None, known);
        assert!(store.is_empty());
    }

    #[test]
    fn a_value_that_repeats_itself_and_one_that_shrinks_come_back() {
        let mut store = Store::new();
        let (known, _) = write(&mut store, Some(&[5; 20_000]), Pieces::default());
        let joined = join(b"k", &store[b"k".as_slice()], &store).unwrap();
        assert_eq!(joined.0, vec![5; 20_000]);
        write(&mut store, Some(&[6; 10]), known);
        assert_eq!(store.len(), 1);
        assert_eq!(join(b"k", &store[b"k".as_slice()], &store).unwrap().0, vec![6; 10]);
    }

    #[test]
    fn a_missing_piece_is_noticed() {
        let mut store = Store::new();
        write(&mut store, Some(&noise(20_000, 1)), Pieces::default());
        let victim = store.keys().find(|key| is_piece(key)).cloned().unwrap();
        store.remove(&victim);
        assert!(join(b"k", &store[b"k".as_slice()], &store).is_none());
    }
}
