//! Keeping favourites: the point on show, the best of many, tiles; taking them away and out.

use super::part::ExplorerPart;
use crate::config::typed_path;
use crate::engine::{ExploreCommand, Keepsake, LatentSpec, Level};
use crate::ui::effect::Effect;
use crate::ui::text;
use std::path::PathBuf;
use std::sync::Arc;

/// The name that requests for pictures of favourites carry.
pub(super) const FAVOURITES: &str = "favourites";

impl ExplorerPart<'_> {
    pub(super) fn add_favourite(&mut self) {
        let (Some(point), Some(drawn)) = (&self.user.current, &self.told.drawn) else { return };
        let (seed, number) = match point.spec {
            LatentSpec::Seed { seed, number } => (Some(seed), Some(number)),
            _ => (None, None),
        };
        let kept = Keepsake { seed, number, ..Keepsake::new(point.latent.clone(), point.psi, self.told.step) };
        let frame = drawn.frame.clone();
        if self.user.favourites.add(vec![(Arc::new(kept), frame)], self.told.weights) == 0 {
            self.toast(Level::Info, "Already a favourite.");
        }
    }

    pub(super) fn keep_best(&mut self, which: &[usize]) {
        let step = self.told.step;
        let picture = |i: &usize| {
            let (latent, frame) = self.told.curated.get(*i)?;
            Some((Arc::new(Keepsake::new(latent.clone(), 1.0, step)), frame.clone()))
        };
        let new: Vec<_> = which.iter().filter_map(picture).collect();
        let count = self.user.favourites.add(new, self.told.weights);
        let text = if count == 0 {
            "All of them are favourites already.".to_owned()
        } else {
            format!("Kept {}.", text::of(count, "favourite"))
        };
        self.toast(Level::Good, &text);
    }

    pub(super) fn remove_favourites(&mut self, which: &[usize]) {
        let count = self.user.favourites.remove(which);
        let text =
            format!("Removed {}. \"Undo\" in the list of all (Ctrl+F) brings back.", text::of(count, "favourite"));
        self.toast(Level::Info, &text);
    }

    pub(super) fn undo_remove(&mut self) {
        let count = self.user.favourites.undo_remove();
        self.toast(Level::Info, &format!("Brought back {}.", text::of(count, "favourite")));
    }

    pub(super) fn export_pictures(&mut self, kept: Vec<Arc<Keepsake>>) {
        let save = &self.user.save;
        let (upscale, sharpen) = (save.upscale, save.sharpen.is_on(self.told.sharpener.network));
        let folder = typed_path(&self.user.export_folder);
        self.ask(ExploreCommand::ExportPictures { kept, upscale, sharpen, folder });
    }

    /// The favourites of the open generator, as they are on the disk.
    pub(super) fn take_favourites(&mut self, file: PathBuf, list: Vec<Arc<Keepsake>>, notice: Option<String>) {
        self.user.favourites.store.open(file);
        self.user.favourites.take(list);
        self.effects.extend(notice.map(|text| Effect::Notice(Level::Warning, text)));
    }

    pub(super) fn favourites_saved(&mut self) {
        self.user.favourites.store.saved();
        self.told.favourites_unsaved = false;
    }

    pub(super) fn favourites_not_saved(&mut self, text: String, now: f64) {
        let first = self.user.favourites.store.failure.is_none();
        self.user.favourites.store.failed(text.clone(), now);
        self.told.favourites_unsaved = true;
        if first {
            let text = format!("{} It is tried again every ten seconds.", text::sentence(&text));
            self.effects.push(Effect::Notice(Level::Error, text));
        }
    }

    /// Takes over what was typed about a favourite: its dialog closes.
    pub(crate) fn described(self) {
        self.user.favourites.described();
    }
}
