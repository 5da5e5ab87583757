//! A person's own cat: its photo, the square of it that counts, what was found, and the model that it is put into.

use super::action::{CatAction, Gesture};
use super::output::own_file;
use super::part::ExplorerPart;
use crate::config::typed_path;
use crate::engine::{
    CroppedPhoto, ExploreCommand, ExploreSource, FoundCat, Latent, LatentSpec, Level, OpenedPhoto, Photo, PutInReport,
    Square,
};
use crate::pixels::Frame;
use crate::printable;
use crate::ui::action::Dialog;
use crate::ui::effect::Effect;
use crate::ui::photo::PhotoEditor;
use crate::ui::state::{CatState, SearchState};
use std::path::Path;
use std::sync::Arc;

impl ExplorerPart<'_> {
    pub(super) fn open_photo(&mut self, photo: Photo) {
        self.effects.push(Effect::Dialog(Some(Dialog::Search)));
        if !self.told.working() {
            if let Photo::File(path) = &photo {
                let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
                self.user.cat.out = own_file(&format!("{}.safetensors", stem.as_deref().unwrap_or("my-cat")));
            }
            self.ask(ExploreCommand::OpenPhoto(photo));
        }
    }

    pub(super) fn act_on_cat(&mut self, action: CatAction) {
        let opened = self.told.cat.photo.clone();
        match action {
            CatAction::Find => {
                let square = self.user.cat.editor.as_ref().and_then(|editor| editor.face()).map(|face| face.square);
                if let Some((opened, square)) = opened.zip(square).filter(|_| !self.told.working()) {
                    self.ask(ExploreCommand::Project(CroppedPhoto { frame: opened.photo.frame, square }));
                }
            }
            CatAction::ProposedSquare => self.put_square(opened.map(|opened| opened.photo.square)),
            CatAction::WholePhoto => {
                let size = opened.map(|OpenedPhoto { photo, .. }| (photo.frame.width, photo.frame.height));
                self.put_square(size.map(Square::middle_of));
            }
            CatAction::Adjust => (self.told.cat.found, self.told.cat.put_in) = (None, None),
            CatAction::OtherPhoto => (self.told.cat, self.user.cat.editor) = (CatState::default(), None),
            CatAction::PutIn => self.put_in(),
        }
    }

    fn put_square(&mut self, square: Option<Square>) {
        if let Some((editor, square)) = self.user.cat.editor.as_mut().zip(square) {
            editor.place(square);
        }
    }

    fn put_in(&mut self) {
        let cat = &self.told.cat;
        let Some((photo, found)) = cat.searched.clone().zip(cat.found.clone()) else { return };
        if !self.told.working() {
            let (out, latent) = (typed_path(&self.user.cat.out), found.latent);
            let name = out.file_stem().map_or_else(|| "my cat".to_owned(), |stem| stem.to_string_lossy().into_owned());
            self.ask(ExploreCommand::PutIn { photo, latent, name, out });
        }
    }

    pub(super) fn photo_opened(&mut self, opened: OpenedPhoto) {
        if !matches!(self.told.search, SearchState::Opening) {
            return;
        }
        self.told.search = SearchState::None;
        let CroppedPhoto { frame, square } = &opened.photo;
        let side = self.told.side();
        self.user.cat.editor = Some(PhotoEditor::of_square((frame.width, frame.height), side, *square));
        self.told.cat.photo = Some(opened);
    }

    pub(super) fn cat_found(&mut self, found: FoundCat, now: f64) {
        self.told.search = SearchState::None;
        self.user.goal = None;
        self.user.go(LatentSpec::Latent(found.latent.clone()), Gesture::Single, now);
        self.told.cat.found = Some(found);
    }

    /// The new model is played from now on, from the cat on.
    pub(super) fn cat_put_in(&mut self, latent: Latent, frame: Arc<Frame>, report: PutInReport) {
        self.told.search = SearchState::None;
        self.user.directions.start_at(&latent);
        self.user.goal = Some(LatentSpec::Latent(latent));
        let text = format!("Your cat is in {}.", printable::path(Path::new(&report.file)));
        self.effects.push(Effect::Notice(Level::Good, text));
        self.ask(ExploreCommand::Open(ExploreSource::File(report.file.clone())));
        self.told.cat.put_in = Some((frame, report));
    }
}
