//! Two runs that take turns: one trains, the other is parked beside it, and after a turn they change places. Each is as
//! it would be alone: nothing of one reaches the other.

use super::Session;
use super::library::load_sample;
use super::pending::{Begun, PendingRun, Rival};
use super::race::{ParkedRun, SessionRace};
use crate::config::check_race;
use crate::data::Dataset;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::event::{Event, RunEnd, RunState};
use crate::engine::protocol::outbox::Outbox;
use crate::engine::protocol::queue::QueuedTraining;
use crate::engine::protocol::race::{Lane, Race};
use crate::engine::run::active_run::error::RunError;
use crate::engine::run::active_run::state::ActiveRun;
use std::sync::Arc;

/// So many seconds of training one run may be ahead of the other: at most, ...
const LONGEST_TURN: f64 = 20.0;
/// ... at the beginning, ...
const FIRST_TURN: f64 = 2.0;
/// ... and as a share of what it has trained.
const SHARE: f64 = 0.25;

impl Session {
    /// Begins a race: both runs are checked before either has a folder.
    pub(super) fn race(&mut self, race: Race) {
        let Race { lanes: [first, second], seconds } = race;
        let seconds = if seconds.is_finite() { seconds.max(0.0) } else { 0.0 };
        self.begin(|notices| {
            let mut pending = prepare(first, notices)?;
            let second = prepare(second, notices)?;
            check_race(&pending.config, &second.config)?;
            pending.rival = Some(Rival { pending: Box::new(second), seconds });
            Ok(pending)
        });
    }

    /// What is told from now on is about the first run of a race.
    pub(super) fn open_race(&mut self, seconds: f64) {
        self.race = Some(SessionRace { lane: Lane::A, shown: Lane::A, parked: None, seconds });
        self.out.push(Event::Turn(Some(Lane::A)));
    }

    /// The first run has begun: so does the second, on the same pictures, and waits for its turn.
    pub(super) fn begin_second(&mut self, second: PendingRun, dataset: Arc<Dataset>) {
        let Some(first) = self.run.take() else { return };
        self.write_record();
        let first = ParkedRun { run: first, info: self.shown.take(), recorder: self.out.swap_recorder(None) };
        self.out.push(Event::Turn(Some(Lane::B)));
        self.out.record(true);
        let parked = match second.build(dataset, &self.library.runs_folder(), &mut self.shown, &mut self.out) {
            Ok(Begun::Here(run)) => {
                self.out.push(Event::State(RunState::Running));
                Some(ParkedRun { run: *run, info: self.shown.take(), recorder: None })
            }
            Ok(Begun::There(_)) => None,
            Err(e) => {
                self.out.push(Event::RunEnded(RunEnd::Failed { cause: e.cause(), text: e.to_string() }));
                None
            }
        };
        self.write_record();
        let recorder = self.out.swap_recorder(None);
        if let Some(race) = &mut self.race {
            race.parked = parked.map(|parked| ParkedRun { recorder, ..parked });
        }
        self.take_up(first, Lane::A);
    }

    /// This run trains from now on; the one before it was put away.
    fn take_up(&mut self, next: ParkedRun, lane: Lane) {
        let ParkedRun { mut run, info, recorder } = next;
        run.continue_after_pause();
        self.run = Some(run);
        self.shown = info;
        self.out.swap_recorder(recorder);
        if let Some(race) = &mut self.race {
            race.lane = lane;
        }
        self.out.push(Event::Turn(Some(lane)));
    }

    /// Changes places where the run that trains is a turn ahead; ends it where its time is over.
    ///
    /// # Errors
    /// The device failed, or the folder cannot be written.
    pub(super) fn see_to_turn(&mut self) -> Result<Option<RunEnd>, RunError> {
        let (Some(race), Some(run)) = (&mut self.race, &mut self.run) else { return Ok(None) };
        if run.is_ending() {
            return Ok(None);
        }
        let trained = run.trained_seconds();
        if race.seconds > 0.0 && trained >= race.seconds {
            let (RunEnd::Stopped { step } | RunEnd::Finished { step }) = run.finish(&mut self.out)? else {
                return Ok(None);
            };
            return Ok(Some(RunEnd::Finished { step }));
        }
        let Some(parked) = &race.parked else { return Ok(None) };
        let turn = (SHARE * trained).clamp(FIRST_TURN, LONGEST_TURN);
        if trained - parked.run.trained_before() >= turn {
            run.end_turn(&mut self.out)?;
            self.change_places();
        }
        Ok(None)
    }

    fn change_places(&mut self) {
        self.write_record();
        let Some(race) = &mut self.race else { return };
        let (Some(next), Some(run)) = (race.parked.take(), self.run.take()) else { return };
        let lane = race.lane.other();
        race.parked = Some(ParkedRun { run, info: self.shown.take(), recorder: self.out.swap_recorder(None) });
        self.take_up(next, lane);
    }

    /// One of the two has ended: the other one trains on. False where there is none, and no race any more.
    pub(super) fn race_goes_on(&mut self) -> bool {
        let Some(race) = &mut self.race else { return false };
        let Some(next) = race.parked.take() else {
            self.race = None;
            self.out.push(Event::Turn(None));
            return false;
        };
        let lane = race.lane.other();
        // Its folder is let go.
        self.run = None;
        self.take_up(next, lane);
        true
    }

    /// Another run is on show from now on.
    pub(super) fn show_lane(&mut self, lane: Lane) {
        if let Some(race) = &mut self.race {
            race.shown = lane;
        }
    }

    /// Whether the run that the session has in hand is on show.
    pub(super) fn is_on_show(&self) -> bool {
        self.race.as_ref().is_none_or(|race| race.lane == race.shown)
    }

    /// The run that is on show, also where it waits for its turn.
    pub(super) fn run_on_show(&mut self) -> Option<&mut ActiveRun> {
        match &mut self.race {
            Some(race) if race.lane != race.shown => race.parked.as_mut().map(|parked| &mut parked.run),
            _ => self.run.as_mut(),
        }
    }

    /// Reads a sample sheet of the run on show, which may be the one that waits.
    pub(super) fn load_shown_sample(&mut self, step: u64) {
        let lanes = self.race.as_ref().filter(|race| race.lane != race.shown).map(|race| [race.shown, race.lane]);
        let parked = self.race.as_ref().and_then(|race| race.parked.as_ref()).and_then(|parked| parked.info.clone());
        let info = if lanes.is_some() { parked } else { self.shown.clone() };
        let Some(info) = info else { return };
        lanes.iter().for_each(|[shown, _]| self.out.push(Event::Turn(Some(*shown))));
        load_sample(&info, step, &mut self.out);
        lanes.iter().for_each(|[_, lane]| self.out.push(Event::Turn(Some(*lane))));
    }
}

fn prepare(training: QueuedTraining, notices: &mut Outbox) -> Result<PendingRun, EngineError> {
    match training {
        QueuedTraining::Start { config, out } => PendingRun::new(*config, out, notices),
        QueuedTraining::Resume { run, options } => PendingRun::resume(&run, *options, notices),
    }
}
