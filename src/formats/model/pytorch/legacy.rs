//! PyTorch files from before version 1.6: three pickles about the file, the description, the names of the storages, and
//! then each storage with its length in front. The published Inception weights are such a file.

use super::pickle::{Pickle, PickleValue, Storage};
use super::unpickle::unpickle_first;
use std::collections::HashMap;

/// The first pickle: a number that stands for this format.
const MAGIC: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
/// The second one: the only version there ever was.
const VERSION: i64 = 1001;

const CUT: &str = "the file is cut off; download or copy it again";

/// Whether bytes begin like this format.
pub(super) fn looks_like_legacy(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// The storages of a file by their names.
pub(super) struct LegacyFile<'a> {
    storages: HashMap<String, &'a [u8]>,
}

impl<'a> LegacyFile<'a> {
    /// Also gives the description and the value that it ends with.
    ///
    /// # Errors
    /// In words: cut off, damaged, or a description that asks for more than tensors.
    pub(super) fn open(bytes: &'a [u8]) -> Result<(Pickle, PickleValue, Self), String> {
        let mut rest = bytes.get(MAGIC.len()..).unwrap_or_default();
        let (_, version) = unpickle_first(&mut rest)?;
        if version != PickleValue::Int(VERSION) {
            return Err("the file has an unknown version of PyTorch's format from before 1.6".to_owned());
        }
        // About the machine. If its bytes were in another order, the lengths below would not fit.
        unpickle_first(&mut rest)?;
        let (pickle, top) = unpickle_first(&mut rest)?;
        let (names, list) = unpickle_first(&mut rest)?;
        let known: HashMap<&str, &Storage> = pickle.storages.iter().map(|s| (s.key.as_str(), s)).collect();
        let mut storages = HashMap::new();
        for name in names.items(list) {
            let name = names.as_text(*name)?;
            let about = known.get(name);
            let about = about.ok_or("the file is damaged: it lists numbers that belong to no tensor")?;
            let (count, after) = rest.split_first_chunk().ok_or(CUT)?;
            if u64::from_le_bytes(*count) != about.count as u64 {
                return Err("the file is damaged: a list of numbers has another length than stated".to_owned());
            }
            let length = about.count.checked_mul(about.number.bytes());
            let (numbers, after) = length.and_then(|n| after.split_at_checked(n)).ok_or(CUT)?;
            storages.insert(name.to_owned(), numbers);
            rest = after;
        }
        Ok((pickle, top, Self { storages }))
    }

    /// The bytes of a storage.
    ///
    /// # Errors
    /// In words: not there.
    pub(super) fn read(&self, name: &str) -> Result<&'a [u8], String> {
        self.storages
            .get(name)
            .copied()
            .ok_or_else(|| "the file is damaged: numbers of a tensor are missing".to_owned())
    }
}
