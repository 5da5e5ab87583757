//! What the engine tells of two runs that take turns: each event is for the one whose turn it is.

use super::EngineState;
use super::race::RaceView;
use crate::engine::{Event, Lane, RunState};
use crate::ui::effect::Effect;

/// Whether an event is about a run, and about which depends on whose turn it is.
fn is_about_a_run(event: &Event) -> bool {
    matches!(
        event,
        Event::RunStarted(_)
            | Event::Metrics(_)
            | Event::Progress(_)
            | Event::TunablesApplied(_)
            | Event::Findings(_)
            | Event::Measuring(_)
            | Event::NotMeasured(_)
            | Event::Quality(_)
            | Event::Best(_)
            | Event::Sample { .. }
            | Event::SampleSteps(_)
            | Event::SamplesGone(_)
            | Event::Saved { .. }
            | Event::RunEnded(_)
    )
}

impl EngineState {
    /// Takes in one message, and gives what follows from it; `now` is in seconds since the window opened. What is told
    /// about the run of a race that is not on show stays beside.
    pub(crate) fn apply(&mut self, event: Event, now: f64) -> Vec<Effect> {
        if let Event::Turn(lane) = event {
            return self.turn(lane);
        }
        let Some(race) = self.race.as_ref().filter(|race| !race.over && is_about_a_run(&event)) else {
            if matches!(event, Event::State(RunState::Preparing)) && self.race.as_ref().is_some_and(|race| race.over) {
                self.race = None;
            }
            return self.take_in(event, now);
        };
        let aside = race.told != race.shown;
        let (ended, state) = (matches!(event, Event::RunEnded(_)), self.run_state);
        self.swap_runs(aside);
        let mut effects = self.take_in(event, now);
        self.swap_runs(aside);
        if ended {
            // The other one may train on: what follows from the end of both comes with that.
            self.run_state = state;
            effects.retain(|effect| !matches!(effect, Effect::RunEnded));
        }
        if aside {
            effects.retain(|effect| !matches!(effect, Effect::RunStarted(_) | Effect::RolledBack));
        }
        effects
    }

    fn turn(&mut self, lane: Option<Lane>) -> Vec<Effect> {
        match (&mut self.race, lane) {
            (Some(race), Some(lane)) if !race.over => race.told = lane,
            (_, Some(told)) => self.race = Some(RaceView { told, ..RaceView::default() }),
            (Some(race), None) => {
                race.over = true;
                return vec![Effect::RunEnded];
            }
            (None, None) => {}
        }
        Vec::new()
    }

    fn swap_runs(&mut self, aside: bool) {
        if let Some(race) = self.race.as_mut().filter(|_| aside) {
            std::mem::swap(&mut self.run, &mut race.other);
        }
    }

    /// Shows the other run of the race.
    pub(crate) fn show_lane(&mut self, lane: Lane) {
        if self.race.as_ref().is_some_and(|race| race.shown != lane && race.other.is_some()) {
            self.swap_runs(true);
            self.race.iter_mut().for_each(|race| race.shown = lane);
        }
    }
}
