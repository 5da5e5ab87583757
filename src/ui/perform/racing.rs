//! A race of two recipes: set up, begun, looked at.

use super::part::Performer;
use crate::engine::{Command, Lane, QueuedTraining, Race};
use crate::ui::action::Dialog;
use crate::ui::effect::Effect;
use crate::ui::racing::Rival;
use std::path::PathBuf;

impl Performer<'_> {
    /// The second recipe begins as a copy of the first.
    pub(super) fn set_up_race(&mut self, on: bool) {
        let (config, preset) = (self.user.config.clone(), self.user.preset);
        if on && self.user.rival.is_none() {
            self.user.rival = Some(Rival { shown: Lane::A, config, preset });
            self.show_recipe(Lane::B);
        } else if !on {
            self.show_recipe(Lane::A);
            self.user.rival = None;
        }
    }

    /// Shows the other recipe of the race.
    pub(super) fn show_recipe(&mut self, lane: Lane) {
        let user = &mut *self.user;
        let Some(rival) = user.rival.as_mut().filter(|rival| rival.shown != lane) else { return };
        let [a, b] = rival.racers(&user.config);
        let (here, there) = if lane == Lane::A { (a, b) } else { (b, a) };
        rival.shown = lane;
        std::mem::swap(&mut rival.preset, &mut user.preset);
        (user.config, rival.config) = (here, there);
    }

    /// The first run is in the typed folder, the second in a numbered one.
    pub(super) fn start_race(&mut self, out: Option<PathBuf>) {
        let Some([a, b]) = self.user.racers() else { return };
        self.show_recipe(Lane::A);
        self.user.rival = None;
        let start = |config, out| QueuedTraining::Start { config: Box::new(config), out };
        self.send(Command::Race(Race { lanes: [start(a, out), start(b, None)], seconds: 0.0 }));
    }

    /// Shows the other run of the race; live settings are for that one.
    pub(super) fn show_lane(&mut self, lane: Lane) {
        self.state.show_lane(lane);
        self.rolled_back();
        self.send(Command::ShowLane(lane));
    }

    /// Curves, samples and differences of both, in the dialog that compares runs.
    pub(super) fn compare_racers(&mut self) {
        let Some(race) = &self.state.race else { return };
        let mut both = [self.state.run.as_ref(), race.other.as_ref()];
        if race.shown == Lane::B {
            both.reverse();
        }
        let folders = both.into_iter().flatten().filter_map(|run| run.info.as_ref()).map(|info| info.path.clone());
        self.user.compare.chosen = folders.collect();
        self.list_runs();
        self.effects.push(Effect::Dialog(Some(Dialog::Compare)));
        self.ask_for_comparison();
    }
}
