//! Training pictures that a person leaves out or favours while a run trains.

use super::param::SettingError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Hexadecimal digits of a picture's digest that stand for it in files: among a million pictures two are confused with
/// a chance of one in ten million.
const DIGITS: usize = 16;
/// How often an epoch shows a favoured picture. A fifth of 100 pictures that are favoured are then 43 % of what the
/// discriminator sees: clearly more, and still not all.
const FAVOURED: usize = 3;
/// More pictures than a person decides about one by one.
const MOST: usize = 100_000;

/// The digits that stand for a picture with this digest in files.
pub(crate) fn short_digest(digest: &str) -> &str {
    digest.get(..DIGITS).unwrap_or(digest)
}

/// How a run uses one of its training pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Usage {
    /// Once an epoch.
    Usual,
    /// Not at all.
    LeftOut,
    /// Three times an epoch.
    Favoured,
}

/// The training pictures that a run uses otherwise than once an epoch, each by the beginning of its digest. In the
/// course of a run this changes like any live setting: marked, undone, rolled back and resumed with the others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PictureUse {
    left_out: BTreeSet<String>,
    favoured: BTreeSet<String>,
}

impl PictureUse {
    /// Whether all pictures are used once an epoch.
    pub fn is_usual(&self) -> bool {
        self.left_out.is_empty() && self.favoured.is_empty()
    }

    /// How many are left out and how many are favoured.
    pub fn counts(&self) -> (usize, usize) {
        (self.left_out.len(), self.favoured.len())
    }

    /// How the picture with this digest, or the beginning of one, is used.
    pub fn of(&self, digest: &str) -> Usage {
        let digest = short_digest(digest);
        match (self.left_out.contains(digest), self.favoured.contains(digest)) {
            (true, _) => Usage::LeftOut,
            (_, true) => Usage::Favoured,
            _ => Usage::Usual,
        }
    }

    /// Uses the picture with this digest so.
    pub fn set(&mut self, digest: &str, usage: Usage) {
        let digest = short_digest(digest);
        self.left_out.remove(digest);
        self.favoured.remove(digest);
        match usage {
            Usage::Usual => false,
            Usage::LeftOut => self.left_out.insert(digest.to_owned()),
            Usage::Favoured => self.favoured.insert(digest.to_owned()),
        };
    }

    /// Each of these pictures of a set as often as an epoch shows it. All of them where none would be left: a run whose
    /// other pictures are gone still resumes.
    pub(crate) fn weighted<D: AsRef<str>>(&self, pictures: &[u32], digest: impl Fn(u32) -> D) -> Vec<u32> {
        if self.is_usual() {
            return pictures.to_vec();
        }
        let times = |i: &u32| match self.of(digest(*i).as_ref()) {
            Usage::Usual => 1,
            Usage::LeftOut => 0,
            Usage::Favoured => FAVOURED,
        };
        let used: Vec<u32> = pictures.iter().flat_map(|i| std::iter::repeat_n(*i, times(i))).collect();
        if used.is_empty() { pictures.to_vec() } else { used }
    }

    /// Whether these are digests, and no more of them than anybody chooses.
    ///
    /// # Errors
    /// Names the first that is none.
    pub(super) fn validate(&self) -> Result<(), SettingError> {
        let fault = |reason: String| Err(SettingError::new("pictures", reason));
        for set in [&self.left_out, &self.favoured] {
            if set.len() > MOST {
                return fault(format!("{} pictures are more than {MOST}", set.len()));
            }
            let no_digest = |text: &&String| text.len() != DIGITS || !text.bytes().all(|b| b.is_ascii_hexdigit());
            if let Some(text) = set.iter().find(no_digest) {
                return fault(format!("{text:?} is not the beginning of a picture's digest ({DIGITS} digits)"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(i: u32) -> String {
        format!("{i:064x}").chars().rev().collect()
    }

    #[test]
    fn pictures_are_left_out_and_favoured_by_their_digests() {
        let mut usage = PictureUse::default();
        assert!(usage.is_usual());
        assert_eq!(usage.weighted(&[4, 2, 7], digest), [4, 2, 7]);
        usage.set(&digest(2), Usage::LeftOut);
        usage.set(&digest(7), Usage::Favoured);
        usage.validate().unwrap();
        assert_eq!(usage.counts(), (1, 1));
        assert_eq!([2, 7, 4].map(|i| usage.of(&digest(i))), [Usage::LeftOut, Usage::Favoured, Usage::Usual]);
        assert_eq!(usage.weighted(&[4, 2, 7], digest), [4, 7, 7, 7]);
        usage.set(&digest(2), Usage::Favoured);
        assert_eq!(usage.counts(), (0, 2), "a picture is one or the other");
        for i in [2, 7] {
            usage.set(&digest(i), Usage::Usual);
        }
        assert!(usage.is_usual());
    }

    #[test]
    fn a_training_always_has_pictures() {
        let mut usage = PictureUse::default();
        usage.set(&digest(1), Usage::LeftOut);
        assert_eq!(usage.weighted(&[1], digest), [1]);
    }

    #[test]
    fn what_is_no_digest_is_refused() {
        for text in ["", "../../etc/passwd", "0123456789abcdeg", "0123"] {
            let usage = PictureUse { left_out: BTreeSet::from([text.to_owned()]), ..PictureUse::default() };
            assert!(usage.validate().unwrap_err().to_string().contains("digest"), "{text:?}");
        }
    }
}
