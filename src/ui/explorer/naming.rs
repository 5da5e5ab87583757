//! Names and notes of favourites, and which of them a typed part of a name finds.

use super::favourites::{Favourites, Typed};
use crate::engine::{FavouriteEdit, Keepsake};
use std::sync::Arc;

impl Favourites {
    /// What a favourite is called: its name, or its number.
    pub(crate) fn label(&self, index: usize) -> String {
        let name = self.list.get(index).map_or("", |favourite| favourite.kept.name.as_str());
        if name.is_empty() { format!("Favourite {}", index + 1) } else { name.to_owned() }
    }

    /// Name and notes of this favourite can be typed now; what was typed for another one is taken over.
    pub(crate) fn describe(&mut self, index: usize) -> Option<&mut Typed> {
        let kept = self.list.get(index)?.kept.clone();
        if self.typed.as_ref().is_none_or(|typed| typed.latent != kept.latent) {
            self.described();
            let (name, notes) = (kept.name.clone(), kept.notes.clone());
            self.typed = Some(Typed { latent: kept.latent.clone(), name, notes });
        }
        self.typed.as_mut()
    }

    /// Takes over what was typed.
    pub(crate) fn described(&mut self) {
        let Some(typed) = &self.typed else { return };
        let Some(favourite) = self.list.iter_mut().find(|f| f.kept.latent == typed.latent) else { return };
        let (name, notes) = (typed.name.trim(), typed.notes.trim_end());
        if favourite.kept.name != name || favourite.kept.notes != notes {
            let kept = Keepsake { name: name.to_owned(), notes: notes.to_owned(), ..(*favourite.kept).clone() };
            favourite.kept = Arc::new(kept);
            let edit = FavouriteEdit::Keep(vec![favourite.kept.clone()]);
            self.store.push(edit);
        }
    }

    /// The positions of those whose name, notes or number has what is typed.
    pub(crate) fn listed(&self) -> Vec<u32> {
        let wanted = self.filter.trim().to_lowercase();
        let has = |i: &u32| {
            let kept = &self.list[*i as usize].kept;
            wanted.is_empty()
                || self.label(*i as usize).to_lowercase().contains(&wanted)
                || kept.notes.to_lowercase().contains(&wanted)
        };
        (0..self.list.len() as u32).filter(has).collect()
    }
}
