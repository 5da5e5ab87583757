//! What follows from messages of the engine for what the person sees and has chosen.

use super::part::Performer;
use crate::config::{Preset, RunPlace};
use crate::engine::RunInfo;
use crate::ui::action::Screen;
use crate::ui::effect::Effect;
use crate::ui::state::DatasetState;

impl Performer<'_> {
    /// A run began: its recipe is the one on show, and it is remembered.
    pub(crate) fn run_started(mut self, info: &RunInfo) -> Vec<Effect> {
        self.rolled_back();
        if std::mem::take(&mut self.state.recovering) {
            // What was prepared for the next run stays; the new process does not know its pictures yet.
            if self.state.scanned.is_some() {
                self.scan();
            }
            return self.effects;
        }
        if self.state.watching {
            // The recipe and the pictures on show are of the next run here. A copy is no run of its own.
            if let Some(RunPlace::Here(_)) = &self.user.watched {
                self.remember(info);
            }
            return self.effects;
        }
        if !std::mem::take(&mut self.user.asked_run) && self.state.queue.running().is_some() {
            // Its turn has come: the recipe and the pictures on show are those of the next run that is set up here.
            (self.user.resumed, self.user.watched) = (None, None);
            self.bring_back_pictures();
            self.remember(info);
            return self.effects;
        }
        self.user.config = info.config.clone();
        if let Some(preset) = Preset::find(&info.config.preset) {
            self.user.preset = preset;
        }
        self.settle_start();
        self.user.rescan_at = None;
        // Both were for this run alone: the folder is taken now, and its device is in its recipe.
        self.user.out_text.clear();
        self.user.resume_device = None;
        self.state.scanned = Some(self.user.scan());
        self.user.screen = Screen::Training;
        self.remember(info);
        self.effects
    }

    fn remember(&mut self, info: &RunInfo) {
        let run = std::path::absolute(&info.path).unwrap_or_else(|_| info.path.clone());
        self.effects.extend(self.state.change_settings(|settings| {
            settings.remember_run(&run);
            info.config.machine.iter().for_each(|machine| settings.remember_machine(machine));
            info.config.team.iter().for_each(|team| settings.remember_team(team));
        }));
    }

    /// The pictures that were chosen for the next run are on show again.
    fn bring_back_pictures(&mut self) {
        self.state.dataset = DatasetState::Unknown;
        if self.state.scanned.is_some() && self.state.beginning() {
            // As soon as the run trains.
            self.user.rescan_at = Some(self.now);
        } else if self.state.scanned.is_some() {
            self.scan();
        }
    }

    /// The live settings are those of the run: what could be undone before belongs to a past that is gone.
    pub(crate) fn rolled_back(&mut self) {
        if let Some(run) = &self.state.run {
            self.user.tuner.reset(run.serial, &run.tunables);
        }
    }

    /// The run ended: its position among the runs, and its picture, have changed.
    pub(crate) fn run_ended(mut self) -> Vec<Effect> {
        let began = self.state.run.as_ref().is_some_and(|run| run.info.is_some());
        let of_queue = !std::mem::take(&mut self.user.asked_run) && self.state.queue.on;
        if !began && of_queue {
            (self.user.resumed, self.user.watched) = (None, None);
            self.bring_back_pictures();
        } else if !began {
            // Back to where it was asked for: a training screen without a run has nothing to say.
            self.user.screen = if self.user.asked_at_home() { Screen::Home } else { Screen::Setup };
        }
        if !began && self.user.resumed.is_some() {
            // A run that could not be resumed leaves its pictures on show.
            self.bring_back_pictures();
        }
        self.list_runs();
        self.effects
    }

    /// The sliders follow the engine until the person moves one.
    pub(crate) fn follow_tunables(&mut self) {
        let Some(run) = &self.state.run else { return };
        let tuner = &mut self.user.tuner;
        let untouched = tuner.undo.is_empty() && !tuner.unsent;
        if tuner.serial != run.serial || (untouched && tuner.edit != run.tunables && run.info.is_some()) {
            tuner.reset(run.serial, &run.tunables);
        }
    }
}
