//! The token that a worker and those who use it know, and how they prove that to each other.
//!
//! Each sends 32 random bytes and answers those of the other with HMAC-SHA-256 (RFC 2104) of both, under the token: it
//! never travels, and no answer can be used again.

use crate::engine::protocol::error::EngineError;
use crate::files::{self, Links, remedy};
use crate::printable;
use sha2::{Digest, Sha256};
use std::hash::{BuildHasher, RandomState};
use std::path::Path;

/// Fewer characters are guessed.
const SHORTEST: usize = 16;
/// Longest file with a token.
const MOST_BYTES: u64 = 4096;
/// Bytes that SHA-256 takes at once.
const BLOCK: usize = 64;

pub(super) type Digest32 = [u8; 32];

/// What both ends know; empty where a worker asks for none.
#[derive(Clone)]
pub(crate) struct Token(Vec<u8>);

/// Who proves: no answer of one end serves as one of the other.
#[derive(Clone, Copy)]
pub(super) enum End {
    Trainer,
    Worker,
}

impl Token {
    /// The first line of a file, if one is named.
    ///
    /// # Errors
    /// The file cannot be read, or holds nothing that can be a token.
    pub(crate) fn of(file: Option<&Path>) -> Result<Self, EngineError> {
        let Some(path) = file else { return Ok(Self(Vec::new())) };
        let shown = printable::path(path);
        let text = files::read_text(path, Links::Follow, MOST_BYTES)
            .map_err(|e| EngineError::Run(format!("{shown}: the token cannot be read: {e}{}", remedy(&e))))?;
        let token = text.lines().next().unwrap_or_default().trim();
        if token.len() < SHORTEST {
            return Err(EngineError::Run(format!(
                "{shown}: the first line must be a token of at least {SHORTEST} characters, such as `openssl rand -hex \
                 32` prints"
            )));
        }
        Ok(Self(token.as_bytes().to_vec()))
    }

    pub(crate) fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// What `end` answers to the numbers of both.
    pub(super) fn proof(&self, end: End, trainer: &Digest32, worker: &Digest32) -> Digest32 {
        let who: &[u8] = match end {
            End::Trainer => b"purrtrait trainer",
            End::Worker => b"purrtrait worker",
        };
        hmac(&self.0, &[who, trainer, worker])
    }
}

/// HMAC-SHA-256 of all parts, one after the other.
fn hmac(key: &[u8], parts: &[&[u8]]) -> Digest32 {
    let mut block = [0; BLOCK];
    if key.len() > BLOCK {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let keyed = |pad: u8| Sha256::new_with_prefix(block.map(|byte| byte ^ pad));
    let inner = parts.iter().fold(keyed(0x36), |hash, part| hash.chain_update(part)).finalize();
    keyed(0x5c).chain_update(inner).finalize().into()
}

/// Whether both are the same, in a time that does not tell where they differ.
pub(super) fn same(a: &Digest32, b: &Digest32) -> bool {
    std::hint::black_box(a.iter().zip(b).fold(0, |sum, (a, b)| sum | (a ^ b))) == 0
}

/// 32 bytes that nobody can foresee and that do not come again: the standard library keys its hashes with random
/// numbers of the system.
pub(super) fn nonce() -> Digest32 {
    let mut hash = Sha256::new();
    for _ in 0..8 {
        hash.update(RandomState::new().hash_one(std::time::SystemTime::now()).to_le_bytes());
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::printable::hex;

    /// Test cases 1, 2 and 6 of RFC 4231.
    #[test]
    fn agrees_with_the_published_values() {
        let cases: [(&[u8], &[u8], &str); 3] = [
            (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ];
        for (key, text, expected) in cases {
            assert_eq!(hex(&hmac(key, &[text])), expected);
            let (first, rest) = text.split_at(5);
            assert_eq!(hex(&hmac(key, &[first, rest])), expected);
        }
    }

    #[test]
    fn a_proof_is_of_one_end_one_token_and_these_numbers() {
        let (a, b) = (nonce(), nonce());
        assert_ne!(a, b);
        let token = Token(b"sixteen letters!".to_vec());
        let proof = token.proof(End::Trainer, &a, &b);
        assert!(same(&proof, &token.clone().proof(End::Trainer, &a, &b)));
        let others = [
            token.proof(End::Worker, &a, &b),
            token.proof(End::Trainer, &b, &a),
            Token(b"sixteen letters?".to_vec()).proof(End::Trainer, &a, &b),
            Token(Vec::new()).proof(End::Trainer, &a, &b),
        ];
        assert!(others.iter().all(|other| !same(&proof, other)));
    }

    #[test]
    fn a_token_is_the_first_line_and_not_short() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        for (text, length) in
            [("0123456789abcdef\n", Some(16)), (" 0123456789abcdefg \nmore\n", Some(17)), ("short", None)]
        {
            std::fs::write(&path, text).unwrap();
            let token = Token::of(Some(&path));
            assert_eq!(token.as_ref().ok().map(|token| token.0.len()), length);
            assert!(token.err().is_none_or(|e| e.to_string().contains("16 characters")));
        }
        assert!(Token::of(None).unwrap().is_none());
        let missing = Token::of(Some(&folder.path().join("none"))).err().unwrap().to_string();
        assert!(missing.contains("none: the token cannot be read"), "{missing}");
    }
}
