//! Choosing what the networks of the next run begin with.

use super::part::Performer;
use crate::config::{DataSource, FINE_TUNING, StartModel, typed_path};
use crate::engine::{Command, FEW, Level, StartInfo};
use crate::ui::action::Screen;
use crate::ui::effect::Effect;
use crate::ui::starting::Origin;
use crate::ui::state::{BUNDLED, BUNDLED_128};
use std::path::{Path, PathBuf};

impl Performer<'_> {
    /// The person chose where the networks come from.
    pub(super) fn start_from(&mut self, origin: Origin) {
        self.user.starting.decided = true;
        self.begin_with(origin);
    }

    /// The person wants to train this model further.
    pub(super) fn train_further(&mut self, model: PathBuf) {
        if !self.can_prepare() {
            return;
        }
        let bundled = [BUNDLED, BUNDLED_128].map(Path::new).contains(&model.as_path());
        if !bundled {
            self.user.starting.text = model.display().to_string();
        }
        if bundled {
            let size = self.user.config.model.size;
            self.user.starting.decided = true;
            self.look_at(Origin::Bundled, Some(model));
            self.resized(size);
        } else {
            self.start_from(Origin::Model);
        }
        self.user.screen = if self.state.report().is_some() { Screen::Setup } else { Screen::Home };
        if self.user.screen == Screen::Home {
            self.toast(Level::Info, "Now choose the pictures to train on.");
        }
    }

    fn begin_with(&mut self, origin: Origin) {
        let size = self.user.config.model.size;
        match (origin, &self.state.bundled) {
            (Origin::Scratch, _) => {
                self.user.starting.wait(origin, None);
                self.user.choose(self.user.starting.preset);
            }
            (Origin::Bundled, _) if size >= 128 => self.look_at(origin, Some(BUNDLED_128.into())),
            (Origin::Bundled, Some(info)) => {
                let info = info.clone();
                self.user.starting.wait(origin, None);
                self.take_start(info);
            }
            (Origin::Bundled, None) => self.look_at(origin, Some(BUNDLED.into())),
            (Origin::Model, _) => {
                let typed = self.user.starting.text.trim();
                let path = (!typed.is_empty()).then(|| typed_path(typed));
                self.look_at(origin, path);
            }
        }
        self.resized(size);
    }

    fn look_at(&mut self, origin: Origin, path: Option<PathBuf>) {
        self.user.starting.wait(origin, path.clone());
        if let Some(source) = path {
            self.send(Command::InspectModel(source));
        }
    }

    /// The engine has looked at a model.
    pub(crate) fn inspected(mut self, source: &Path, found: Result<StartInfo, String>) -> Vec<Effect> {
        let size = self.user.config.model.size;
        if self.user.starting.asked.as_deref() == Some(source) {
            match found {
                Ok(info) => self.take_start(info),
                Err(fault) => (self.user.starting.asked, self.user.starting.fault) = (None, Some(fault)),
            }
            self.resized(size);
        }
        self.preselect();
        self.effects
    }

    /// Starts from this model: a recipe for trainings from scratch gives way to the one for fine-tuning.
    pub(super) fn take_start(&mut self, info: StartInfo) {
        let user = &mut self.user;
        if user.config.start.is_none() && user.preset.name != FINE_TUNING.name {
            user.starting.preset = user.preset;
            user.preset = &FINE_TUNING;
        }
        (user.starting.asked, user.starting.info) = (None, Some(info));
        user.choose(user.preset);
    }

    /// A run has begun with the recipe on show. One that was resumed needs its model no more, and another run cannot
    /// start from it: its place is not known.
    pub(super) fn settle_start(&mut self) {
        let user = &mut self.user;
        let gone = |start: &StartModel| start.source.as_os_str().is_empty();
        if user.config.start.as_ref().is_some_and(gone) {
            (user.config.start, user.config.freeze_d, user.config.d_first) = (None, 0, 0);
            if user.preset.name == FINE_TUNING.name {
                user.preset = user.starting.preset;
            }
        }
        user.starting.decided = true;
        if user.config.start.is_none() {
            user.starting.wait(Origin::Scratch, None);
        }
    }

    /// The bundled model is where a run on few pictures starts, as long as nobody has decided otherwise or changed the
    /// recipe.
    pub(super) fn preselect(&mut self) {
        let usable = self.state.bundled.as_ref().is_some_and(|info| info.discriminator);
        let untouched = !self.user.starting.decided && self.user.config == self.user.baseline();
        let own = matches!(self.user.config.data.source, DataSource::Folder(_));
        let few = self.state.report().is_some_and(|report| (1..FEW).contains(&report.usable));
        let scratch = self.user.starting.origin == Origin::Scratch;
        if usable && untouched && own && few && scratch && !self.state.beginning() {
            self.begin_with(Origin::Bundled);
        }
    }

    /// The pictures are prepared: those of another folder may be better off with another beginning.
    pub(crate) fn pictures_ready(mut self) -> Vec<Effect> {
        if let (DataSource::Folder(folder), Some(_)) = (&self.user.config.data.source, self.state.report()) {
            // Only now is it known that there is such a folder.
            let folder = folder.clone();
            self.effects.extend(self.state.change_settings(|settings| settings.remember_folder(&folder)));
        }
        self.preselect();
        self.effects
    }

    /// Prepares the pictures again if the model has another size.
    fn resized(&mut self, before: u32) {
        if self.user.config.model.size != before && self.state.scanned.is_some() {
            self.scan();
        }
    }
}
