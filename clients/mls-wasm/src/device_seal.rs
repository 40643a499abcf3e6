//! Encryption for one device by its signature key: HPKE (RFC 9180) with the X25519 key that belongs
//! to an Ed25519 key. Thormarker, "On using the same key pair for Ed25519 and an X25519 based KEM"
//! (ePrint 2021/509), shows that the two uses do not weaken each other.

use ed25519_dalek::{SigningKey, VerifyingKey};
use openmls::prelude::OpenMlsCrypto;
use openmls_basic_credential::SignatureKeyPair;
use openmls_traits::types::{HpkeAeadType, HpkeCiphertext, HpkeConfig, HpkeKdfType, HpkeKemType};
use serde::{Deserialize, Serialize};

const CONFIG: HpkeConfig =
    HpkeConfig(HpkeKemType::DhKem25519, HpkeKdfType::HkdfSha256, HpkeAeadType::AesGcm256);
/// Of X25519.
const ENCAPSULATED_BYTES: usize = 32;

pub fn seal(
    crypto: &impl OpenMlsCrypto,
    public: &[u8],
    purpose: &[u8],
    secret: &[u8],
) -> Result<Vec<u8>, &'static str> {
    let public: &[u8; 32] = public.try_into().map_err(|_| "a key has 32 bytes")?;
    let key = VerifyingKey::from_bytes(public).map_err(|_| "not a key")?;
    if key.is_weak() {
        return Err("a weak key");
    }
    let recipient = key.to_montgomery().to_bytes();
    let sealed =
        crypto.hpke_seal(CONFIG, &recipient, purpose, &[], secret).map_err(|_| "cannot be sealed")?;
    Ok([sealed.kem_output.as_slice(), sealed.ciphertext.as_slice()].concat())
}

pub fn open(
    crypto: &impl OpenMlsCrypto,
    pair: &SignatureKeyPair,
    purpose: &[u8],
    sealed: &[u8],
) -> Result<Vec<u8>, &'static str> {
    if sealed.len() < ENCAPSULATED_BYTES {
        return Err("too short");
    }
    let (encapsulated, ciphertext) = sealed.split_at(ENCAPSULATED_BYTES);
    let input =
        HpkeCiphertext { kem_output: encapsulated.to_vec().into(), ciphertext: ciphertext.to_vec().into() };
    crypto
        .hpke_open(CONFIG, &input, &decryption_key(pair)?, purpose, &[])
        .map_err(|_| "not sealed for this device")
}

fn decryption_key(pair: &SignatureKeyPair) -> Result<[u8; 32], &'static str> {
    // The pair shows its private half to nothing but its own encoding.
    #[derive(Serialize, Deserialize)]
    struct Private {
        private: Vec<u8>,
    }
    let encoded = rmp_serde::to_vec_named(pair).map_err(|_| "no private key")?;
    let Private { private } = rmp_serde::from_slice(&encoded).map_err(|_| "no private key")?;
    let key = SigningKey::try_from(private.as_slice()).map_err(|_| "no private key")?;
    Ok(key.to_scalar_bytes())
}
