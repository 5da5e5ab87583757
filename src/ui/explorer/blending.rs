//! The blend of the open generator with another one, as it is filled in.

use super::output::own_file;
use crate::config::{BlendAmounts, typed_path};
use std::path::PathBuf;

/// What the person has chosen for a blend.
#[derive(Debug)]
pub struct BlendForm {
    /// The typed path of the other generator.
    pub with: String,
    /// Its share at 4 px, from 0 to 1.
    pub low: f64,
    /// Its share at the side of the pictures, from 0 to 1.
    pub high: f64,
    /// The file to save to.
    pub out: String,
    /// What is on show is not what is chosen.
    changed: bool,
    /// A preview is on its way.
    asked: bool,
}

impl Default for BlendForm {
    fn default() -> Self {
        let out = own_file("blend.safetensors");
        Self { with: String::new(), low: 0.5, high: 0.5, out, changed: false, asked: false }
    }
}

impl BlendForm {
    /// Something was changed: another preview is wanted.
    pub(crate) fn change(&mut self) {
        self.changed = true;
    }

    /// A preview is wanted or on its way.
    pub(crate) fn waits(&self) -> bool {
        self.changed || self.asked
    }

    /// The next preview to ask for, once the one before is here: the newest choice alone counts.
    pub(super) fn next(&mut self, side: u32) -> Option<(PathBuf, BlendAmounts)> {
        if self.asked || !self.changed || self.with.trim().is_empty() {
            return None;
        }
        (self.changed, self.asked) = (false, true);
        Some((typed_path(&self.with), self.amounts(side)))
    }

    /// The preview is here, or will not come.
    pub(super) fn answered(&mut self) {
        self.asked = false;
    }

    /// The explorer had no room for it.
    pub(super) fn refused(&mut self) {
        (self.changed, self.asked) = (true, false);
    }

    /// The shares as they are chosen, for pictures of `side` pixels.
    pub(super) fn amounts(&self, side: u32) -> BlendAmounts {
        BlendAmounts::from_low_to_high(self.low, self.high, side)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_preview_at_a_time_and_then_the_newest() {
        let mut form = BlendForm::default();
        form.change();
        assert!(form.next(64).is_none(), "there is nothing to blend with");
        form.with = "cats".to_owned();
        assert_eq!(form.next(64), Some((PathBuf::from("cats"), BlendAmounts::from_low_to_high(0.5, 0.5, 64))));
        form.high = 1.0;
        form.change();
        assert!(form.next(64).is_none() && form.waits());
        form.answered();
        assert_eq!(form.next(64).unwrap().1.at(64), 1.0);
        form.refused();
        assert!(form.next(64).is_some() && form.next(64).is_none());
    }
}
