//! Files and folders: chosen in a dialog of the system, dropped onto the window, pasted.

use super::part::Performer;
use crate::engine::{ExploreSource, Level, Photo};
use crate::pixels::Frame;
use crate::ui::action::{Action, Dialog, Purpose, Screen};
use crate::ui::dialogs::without_dialog;
use crate::ui::effect::Effect;
use crate::ui::explorer::{ExploreAction, dropped};
use crate::ui::starting::Origin;
use std::path::PathBuf;
use std::sync::Arc;

impl Performer<'_> {
    /// A path was chosen in a dialog of the system.
    pub(crate) fn chosen(mut self, purpose: Purpose, path: PathBuf) -> Vec<Effect> {
        let text = path.display().to_string();
        match purpose {
            Purpose::Pictures => self.open_folder(path),
            Purpose::Run => _ = self.resume(path, self.user.resume_options()),
            Purpose::RunPictures => {
                if let Some(resume) = self.user.resume_with(path) {
                    self.user.dialog = None;
                    return self.perform(resume);
                }
            }
            Purpose::Output => self.user.out_text = text,
            Purpose::StartModel | Purpose::StartFolder => {
                self.user.starting.text = text;
                return self.perform(Action::StartFrom(Origin::Model));
            }
            Purpose::Landmarks => self.user.curation.landmarks_text = text,
            Purpose::Model | Purpose::ModelFolder => {
                let open = ExploreAction::Open { source: ExploreSource::File(path), goal: None };
                return self.perform(Action::Explore(open));
            }
            Purpose::Photo => return self.perform(Action::Explore(ExploreAction::Search(path))),
            Purpose::SaveFolder => self.user.explore.save.folder = text,
            Purpose::ExportFolder => self.user.explore.export_folder = text,
            Purpose::ExportFile => self.user.explore.export_text = text,
            Purpose::BlendModel => {
                self.user.explore.blend.with = text;
                self.user.explore.blend.change();
            }
            Purpose::BlendFile => self.user.explore.blend.out = text,
            Purpose::StoryFile => self.user.story_text = text,
            Purpose::CatFile => self.user.explore.cat.out = text,
            Purpose::FilmFile => self.user.explore.film.out = text,
            Purpose::Measured | Purpose::MeasuredFile => self.user.evaluate.source = text,
            Purpose::RealPictures => self.user.evaluate.folder = text,
            Purpose::TrainingPictures => self.user.evaluate.training = text,
            Purpose::Inception => self.user.evaluate.inception = text,
        }
        self.effects
    }

    /// There is no dialog to choose with: the path can be typed. The field for pictures is on the start screen alone.
    pub(crate) fn no_dialog(mut self, purpose: Purpose) -> Vec<Effect> {
        if purpose == Purpose::Pictures {
            self.user.screen = Screen::Home;
        }
        self.effects.push(Effect::Notice(Level::Warning, without_dialog(purpose)));
        self.effects
    }

    /// A file or folder was dropped onto the window.
    pub(crate) fn dropped(self, path: PathBuf) -> Vec<Effect> {
        let searching = self.user.dialog == Some(Dialog::Search);
        let explored = if self.user.screen == Screen::Explore { dropped(&path, searching) } else { None };
        self.perform(explored.map_or(Action::OpenFolder(path), Action::Explore))
    }

    /// The clipboard has answered: its picture is searched for.
    pub(crate) fn pasted(mut self, pasted: Result<Arc<Frame>, String>) -> Vec<Effect> {
        match pasted {
            Ok(frame) => return self.explorer().search(Photo::Pasted(frame)),
            Err(text) => self.toast(Level::Warning, &text),
        }
        self.effects
    }
}
