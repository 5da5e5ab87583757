//! Changes of the favourites on their way to the disk. What cannot be written is kept and tried again.

use crate::engine::{FavouriteEdit, Keepsake};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

/// Seconds between two attempts to write.
const PAUSE: f64 = 10.0;

/// The changes that are not on the disk yet.
#[derive(Debug, Default)]
pub struct Store {
    /// Where the favourites of the open generator are kept; none until that is known.
    pub(crate) file: Option<PathBuf>,
    waiting: VecDeque<(Option<PathBuf>, FavouriteEdit)>,
    /// Asked for and not yet answered: one at a time, so that each is written before the next.
    in_flight: Option<(PathBuf, FavouriteEdit)>,
    /// Why the newest attempt failed.
    pub(crate) failure: Option<String>,
    retry_at: f64,
}

impl Store {
    /// A change of the open generator's favourites.
    pub(super) fn push(&mut self, edit: FavouriteEdit) {
        self.waiting.push_back((self.file.clone(), edit));
    }

    /// The favourites of the open generator are in this file.
    pub(super) fn open(&mut self, file: PathBuf) {
        // What was kept before that was known.
        for (to, _) in self.waiting.iter_mut().filter(|(to, _)| to.is_none()) {
            *to = Some(file.clone());
        }
        self.file = Some(file);
    }

    /// The next change to ask for, if it is time for one.
    pub(super) fn next(&mut self, now: f64) -> Option<(PathBuf, FavouriteEdit)> {
        if self.in_flight.is_some() || (self.failure.is_some() && now < self.retry_at) {
            return None;
        }
        let (file, edit) = self.waiting.pop_front_if(|(file, _)| file.is_some())?;
        self.in_flight = Some((file?, edit));
        self.in_flight.clone()
    }

    /// All changes that were not asked for yet: the window is about to end.
    pub(crate) fn rest(&mut self) -> Vec<(PathBuf, FavouriteEdit)> {
        self.waiting.drain(..).filter_map(|(file, edit)| Some((file?, edit))).collect()
    }

    /// The explorer had no room for the request, or could not write it: it is the next again.
    pub(super) fn again(&mut self) {
        if let Some((file, edit)) = self.in_flight.take() {
            self.waiting.push_front((Some(file), edit));
        }
    }

    /// The request is on the disk.
    pub(super) fn saved(&mut self) {
        (self.in_flight, self.failure) = (None, None);
    }

    /// The request could not be written, for this reason: tried again after a while.
    pub(super) fn failed(&mut self, text: String, now: f64) {
        self.again();
        self.failure = Some(text);
        self.retry_at = now + PAUSE;
    }

    /// The favourites on the disk, with the changes that are not there yet.
    pub(super) fn with_unsaved(&self, mut list: Vec<Arc<Keepsake>>) -> Vec<Arc<Keepsake>> {
        let in_flight = self.in_flight.as_ref().map(|(file, edit)| (Some(file), edit));
        let waiting = self.waiting.iter().map(|(file, edit)| (file.as_ref(), edit));
        for (_, edit) in in_flight.into_iter().chain(waiting).filter(|(file, _)| *file == self.file.as_ref()) {
            match edit {
                FavouriteEdit::Keep(kept) => {
                    for new in kept {
                        match list.iter_mut().find(|old| old.latent == new.latent) {
                            Some(old) => *old = new.clone(),
                            None => list.push(new.clone()),
                        }
                    }
                }
                FavouriteEdit::Remove(latents) => list.retain(|kept| !latents.contains(&kept.latent)),
            }
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(x: f32, name: &str) -> FavouriteEdit {
        let kept = Keepsake { name: name.into(), ..Keepsake::new(vec![x].into(), 1.0, 0) };
        FavouriteEdit::Keep(vec![Arc::new(kept)])
    }

    #[test]
    fn what_is_refused_or_not_written_is_asked_for_again_in_its_order() {
        let mut store = Store::default();
        store.push(keep(1.0, "first"));
        assert_eq!(store.next(0.0), None, "nobody knows where yet");
        store.open("cats.jsonl".into());
        store.push(keep(2.0, "second"));
        let file = || PathBuf::from("cats.jsonl");
        assert_eq!(store.next(0.0), Some((file(), keep(1.0, "first"))));
        assert_eq!(store.next(0.0), None, "one at a time");
        store.again();
        assert_eq!(store.next(0.0), Some((file(), keep(1.0, "first"))));
        store.failed("the disk is full".into(), 5.0);
        assert_eq!(store.next(6.0), None);
        assert!(store.with_unsaved(Vec::new()).len() == 2, "and they are on show all the while");
        assert_eq!(store.next(16.0), Some((file(), keep(1.0, "first"))));
        store.saved();
        assert_eq!(store.failure, None);
        // Another generator is open by now.
        store.open("dogs.jsonl".into());
        assert!(store.with_unsaved(Vec::new()).is_empty());
        assert_eq!(store.rest(), [(file(), keep(2.0, "second"))]);
    }
}
