//! Looking through the pictures, and deciding about them.

use super::part::Performer;
use crate::engine::{Command, Level, PictureEdit};
use crate::printable;
use crate::ui::action::Dialog;
use crate::ui::curation::{CurationAction, Step, labels};
use crate::ui::effect::Effect;
use crate::ui::state::DatasetState;

/// Longest side of a photo in the editor, in pixels.
const LONGEST: u32 = 2048;

impl Performer<'_> {
    pub(super) fn curate(&mut self, action: CurationAction) {
        let curation = &mut self.user.curation;
        match action {
            CurationAction::Filter(filter) => curation.set_filter(filter),
            CurationAction::SelectAll => {
                let all = curation.shown().to_vec();
                curation.selection.set(all);
            }
            CurationAction::SelectNone => curation.selection.clear(),
            CurationAction::Toggle => {
                if let Some(cursor) = curation.selection.cursor() {
                    curation.selection.flip(cursor);
                }
            }
            CurationAction::Decide(verdict) => match curation.decide(verdict) {
                Some(edit) => self.edit(edit),
                None if curation.targets().is_empty() => self.toast(Level::Info, "Select pictures first."),
                None => {}
            },
            CurationAction::Undo => match curation.history.undo() {
                Some(edit) => self.expected(edit),
                None => self.toast(Level::Info, "There is no change of the pictures to undo."),
            },
            CurationAction::Redo => match curation.history.redo() {
                Some(edit) => self.expected(edit),
                None => self.toast(Level::Info, "There is no change of the pictures to redo."),
            },
            CurationAction::Open(index) => self.open_photo(index),
            CurationAction::StepPhoto(by) => {
                self.save_photo();
                match self.user.curation.photo_beside(by) {
                    Some(index) => self.open_photo(Some(index)),
                    None => self.toast(
                        Level::Info,
                        if by < 0 { "This is the first photo." } else { "This is the last photo." },
                    ),
                }
            }
            CurationAction::SavePhoto => {
                self.save_photo();
                self.user.curation.photo = None;
                self.user.dialog = None;
            }
            CurationAction::CopyLeftOut => self.copy_left_out(),
            CurationAction::WriteLandmarks(folder) => self.send(Command::WriteLandmarks { folder }),
        }
    }

    fn open_photo(&mut self, index: Option<u32>) {
        let Some(editor) = self.user.curation.open(index) else { return };
        let path = editor.path.clone();
        self.user.dialog = Some(Dialog::Photo);
        self.user.dialog_is_new = true;
        self.state.photo = None;
        self.send(Command::OpenPhoto { path, longest: LONGEST });
    }

    /// Keeps what was changed in the editor.
    fn save_photo(&mut self) {
        let Some((forward, back)) = self.user.curation.photo.as_ref().and_then(|editor| editor.edit()) else { return };
        let edit = self.user.curation.change(Step { forward, back });
        self.edit(edit);
    }

    fn expected(&mut self, edit: PictureEdit) {
        self.user.curation.expect(&edit);
        self.edit(edit);
    }

    /// Asks for the change. The pictures are prepared again with it, and a run that is started waits for that.
    pub(super) fn edit(&mut self, edit: PictureEdit) {
        self.send(Command::EditPictures(edit));
        if !self.state.beginning() {
            self.state.dataset = DatasetState::Scanning(None);
        }
    }

    fn copy_left_out(&mut self) {
        let curation = &self.user.curation;
        let Some(pictures) = curation.pictures() else { return };
        let lines = (0..pictures.pictures.len() as u32).filter_map(|index| {
            let now = curation.standing(index).filter(|now| now.left_out.is_some())?;
            let path = printable::path(&pictures.photo_of(index as usize).path);
            Some(format!("{path}\t{}", labels(pictures, index, now).join(", ")))
        });
        let text = lines.collect::<Vec<_>>().join("\n");
        self.effects.push(Effect::CopyText(text));
    }
}
