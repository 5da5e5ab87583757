//! The state machine between commands and work. Runs on the worker thread alone.

mod beginning;
mod choices;
mod intake;
mod library;
mod manners;
mod out_of_memory;
mod pending;
mod photo;
mod pictures;
mod queue;
mod queueing;
mod race;
mod racing;
mod remote;
mod runs;
mod sharing;
mod speed;
mod task;
mod watched;
mod writing;

pub(crate) use library::{own_manners, own_runs};

use crate::compute::list_devices;
use crate::config::{Manners, RunConfig, Share};
use crate::data::Dataset;
use crate::engine::app_dirs::AppDirs;
use crate::engine::explore::LiveWeights;
use crate::engine::protocol::command::Command;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::event::{Cause, Event, Level, RunEnd, RunInfo, RunState};
use crate::engine::protocol::outbox::Outbox;
use crate::engine::run::active_run::error::{RunError, pause_remedy};
use crate::engine::run::active_run::state::ActiveRun;
use crate::engine::run::at_once::watch_memory;
use crate::engine::run::power::awake::Awake;
use crate::engine::run::power::battery::Battery;
use crate::engine::run::power::source::Power;
use crate::engine::run::remote::RemoteRun;
use crate::engine::run::rest::Rest;
use crate::engine::run::watch::WatchedRun;
use crate::train::RunDir;
use crossbeam_channel::Sender;
use library::{Library, inspect_model};
use pending::PendingRun;
use pictures::SessionPictures;
use queue::SessionQueue;
use race::SessionRace;
use sharing::Sharing;
use speed::SpeedMeter;
use std::sync::Arc;
use std::time::Instant;

/// Everything the worker owns.
pub(crate) struct Session {
    library: Library,
    pub out: Outbox,
    state: RunState,
    pictures: SessionPictures,
    queue: SessionQueue,
    speed: SpeedMeter,
    /// A run that waits for its pictures.
    pending: Option<PendingRun>,
    run: Option<ActiveRun>,
    /// Two runs take turns; the other one is in here.
    race: Option<SessionRace>,
    /// A run that trains on another machine.
    remote: Option<RemoteRun>,
    /// A run that somebody else trains.
    watched: Option<WatchedRun>,
    /// The run that is under way or was the last one: its sample grids can still be loaded.
    shown: Option<Arc<RunInfo>>,
    sharing: Sharing,
    /// The run folder could not be written: nothing is tried again before somebody asks for it.
    stuck: bool,
    /// It was told that changes to the pictures are for the next run.
    told_next_run: bool,
    /// How the computer is treated.
    manners: Manners,
    rest: Rest,
    battery: Battery,
    awake: Awake,
    /// Somebody has the run train on battery.
    on_battery_anyway: bool,
}

impl Session {
    /// `weights` takes the weights of a run to the explorer, `power` is that of the computer.
    pub(super) fn new(dirs: AppDirs, out: Outbox, weights: Sender<LiveWeights>, power: Arc<dyn Power>) -> Self {
        Self {
            pictures: SessionPictures::new(&dirs),
            queue: SessionQueue::new(&dirs),
            speed: SpeedMeter::default(),
            library: Library::new(dirs),
            out,
            state: RunState::Idle,
            pending: None,
            run: None,
            race: None,
            remote: None,
            watched: None,
            shown: None,
            sharing: Sharing::new(weights),
            stuck: false,
            told_next_run: false,
            manners: Manners::default(),
            rest: Rest::default(),
            battery: Battery::new(power.clone()),
            awake: Awake::new(power),
            on_battery_anyway: false,
        }
    }

    /// Pictures that were prepared elsewhere for a run with these settings.
    pub(super) fn take_pictures(&mut self, config: &RunConfig, dataset: Dataset) {
        self.pictures.take(config.data.clone(), config.model.size, dataset);
    }

    /// Whether there is a step to take without being asked. Not in a run that only waits for its last measurement.
    pub(super) fn is_running(&self) -> bool {
        self.state == RunState::Running && self.remote.is_none() && !self.run.as_ref().is_some_and(ActiveRun::is_ending)
    }

    /// Whether something is under way that must be checked soon and often.
    pub(super) fn is_waiting(&self) -> bool {
        let measuring = self.run.as_ref().is_some_and(ActiveRun::is_measuring);
        let others = self.pictures.is_busy() || self.library.is_busy() || self.speed.is_busy() || self.remote.is_some();
        let others = others || self.watched.is_some() || self.queue.is_due();
        others || (measuring && !self.stuck) || !self.out.is_empty()
    }

    /// Carries out a request; failures become events.
    pub(super) fn apply(&mut self, command: Command) {
        let tries_again =
            matches!(command, Command::Continue | Command::SampleNow | Command::SaveNow | Command::Rollback { .. });
        let was_stuck = tries_again && std::mem::take(&mut self.stuck);
        if let Command::SetManners(manners) = command {
            return self.adopt(manners);
        }
        if self.ask_there(&command) {
            return;
        }
        match command {
            Command::ListDevices => self.out.push(Event::Devices(list_devices())),
            Command::LoadSettings => {
                self.library.load_settings(&mut self.out);
                self.adopt(self.library.manners());
                self.tell_queue();
            }
            Command::SaveSettings(settings) => {
                self.adopt(settings.manners);
                self.library.save_settings(settings, &mut self.out);
            }
            Command::ListRuns => {
                self.library.list_runs(&mut self.out);
                // Another program may have changed it.
                self.tell_queue();
            }
            Command::DescribeRun { run, about } => self.library.describe_run(&run, &about, &mut self.out),
            Command::WriteStory { run, out } => self.library.write_story(run, out, &mut self.out),
            Command::CompareRuns(runs) => self.library.compare(runs, &mut self.out),
            Command::BinRun(run) => self.library.bin_run(&run, &mut self.out),
            Command::ScanData { data, size } => self.scan(data, size),
            Command::CancelScan => self.pictures.cancel(),
            Command::EditPictures(edit) => self.edit_pictures(edit),
            Command::OpenPhoto { path, longest } => self.pictures.open_photo(path, longest, &mut self.out),
            Command::WriteLandmarks { folder } => self.pictures.write_landmarks(folder, &mut self.out),
            Command::InspectModel(source) => inspect_model(source, &mut self.out),
            Command::MeasureSpeed(config) => self.measure_speed(config),
            Command::CancelSpeed => self.speed.cancel(),
            Command::Start { config, out } => self.begin(|notices| PendingRun::new(*config, out, notices)),
            Command::Resume { run, options } => {
                self.resumes_for_queue(&run);
                self.begin(|notices| PendingRun::resume(&run, options, notices));
            }
            Command::Race(race) => self.race(race),
            Command::ShowLane(lane) => self.show_lane(lane),
            Command::Queue(request) => self.ask_queue(request),
            Command::Watch(run) => self.watch(&run),
            Command::Unwatch => self.unwatch(),
            Command::Pause if matches!(self.state, RunState::Running | RunState::OnBattery) => {
                self.set_state(RunState::Paused);
            }
            Command::Continue if matches!(self.state, RunState::Paused | RunState::OnBattery) => {
                // Who tries a full disk again has not asked for a training on battery.
                self.on_battery_anyway |= !was_stuck;
                self.go_on();
            }
            // The manners were taken in before.
            Command::Pause | Command::Continue | Command::SetManners(_) => {}
            Command::SetTunables(tunables) => self.with_run(|run| run.set_tunables(tunables)),
            Command::Rollback { step, learning_rate_factor } => match &mut self.pending {
                Some(pending) => pending.rollback = Some((step, learning_rate_factor)),
                None => self.with_run(|run| run.want_rollback(step, learning_rate_factor)),
            },
            Command::SampleNow => self.with_run(ActiveRun::want_sample),
            Command::SaveNow => self.with_run(ActiveRun::want_save),
            Command::Shutdown => {
                self.leave_queue();
                if self.remote.is_some() { self.stop_there() } else { self.stop() }
            }
            Command::Stop => self.stop(),
            Command::ShareWeights(wanted) => self.share_weights(wanted),
            Command::LoadSample { step } => self.load_shown_sample(step),
        }
    }

    /// Does the next piece of work: sees to the pictures, does what was asked for in a pause, or takes one step.
    pub(super) fn advance(&mut self) {
        self.library.poll(&mut self.out);
        self.poll_pictures();
        self.speed.poll(&mut self.out);
        self.poll_remote();
        self.see_to_power();
        self.poll_watched();
        self.advance_queue();
        self.step();
        self.write_record();
    }

    fn step(&mut self) {
        let resting = self.is_resting();
        let Some(run) = &mut self.run else { return };
        let done = match self.state {
            RunState::Running if resting => run.serve_resting(&mut self.out).map(|()| None),
            RunState::Running => {
                let began = Instant::now();
                let mut done = run.advance(&mut self.out);
                if self.manners.share != Share::Full {
                    // Otherwise the device would still work while the training rests.
                    done = done.and_then(|end| run.finish_work().map(|()| end));
                }
                self.rest.worked(Instant::now(), began.elapsed());
                done
            }
            RunState::Paused | RunState::OnBattery if self.stuck => return,
            RunState::Paused | RunState::OnBattery => run.serve_paused(&mut self.out).map(|()| None),
            RunState::Idle | RunState::Preparing | RunState::Stopping => return,
        };
        match done {
            Ok(None) if self.race.is_some() && self.state == RunState::Running => match self.see_to_turn() {
                Ok(None) => self.give_weights(),
                Ok(Some(end)) => self.end(end),
                Err(e) => self.interrupt(e),
            },
            Ok(None) => self.give_weights(),
            Ok(Some(end)) => self.end(end),
            Err(e) => self.interrupt(e),
        }
    }

    /// A step panicked: the run's memory cannot be trusted any more, its checkpoints can.
    pub(super) fn abandon(&mut self, panic: &str) {
        if self.goes_on_smaller() {
            return;
        }
        let text = format!(
            "The training stopped because of an internal error ({panic}). You can resume the run from its last \
             checkpoint; if it was on a GPU, restart Purrtrait first."
        );
        (self.pending, self.remote, self.watched) = (None, None, None);
        self.pictures.abandon();
        self.end(RunEnd::Failed { cause: Cause::Internal, text });
    }

    fn interrupt(&mut self, error: RunError) {
        match error {
            RunError::Disk(e) => {
                let gone = self.run.as_ref().is_some_and(ActiveRun::is_gone);
                self.notice(Level::Error, format!("{e}. Training is paused{}", pause_remedy(&e, gone)));
                self.stuck = true;
                self.set_state(RunState::Paused);
            }
            RunError::Diverged { step, text } => {
                if let Some(run) = &mut self.run {
                    run.save_after_divergence(step, &mut self.out);
                }
                self.end(RunEnd::Diverged { step, text });
            }
            RunError::Fatal(EngineError::Member(why)) => {
                let text = self.run.as_mut().map(|run| run.save_alone(&why, &mut self.out)).unwrap_or(why);
                self.end(RunEnd::Failed { cause: Cause::Worker, text });
            }
            RunError::Fatal(_) if self.goes_on_smaller() => {}
            RunError::Fatal(e) => self.fail(&e),
        }
    }

    /// Writes what those who watch the run find in no other file.
    fn write_record(&mut self) {
        let Some((folder, record)) = self.out.recorded() else { return };
        if let Err(e) = RunDir::at(folder.to_path_buf()).write_session(record) {
            // Nobody who trains needs it.
            log::warn!("{e}");
        }
    }

    fn fail(&mut self, error: &EngineError) {
        self.end(RunEnd::Failed { cause: error.cause(), text: error.to_string() });
    }

    fn set_state(&mut self, state: RunState) {
        if self.state != state {
            self.state = state;
            self.out.push(Event::State(state));
        }
    }

    fn notice(&mut self, level: Level, text: impl Into<String>) {
        self.out.push(Event::Notice { level, text: text.into() });
    }

    fn with_run(&mut self, act: impl FnOnce(&mut ActiveRun)) {
        let watched = self.watched.is_some();
        match self.run_on_show() {
            Some(run) => act(run),
            None if watched => self.notice(Level::Warning, "This run is only being watched."),
            None => self.notice(Level::Warning, "No run is in progress."),
        }
    }

    fn end(&mut self, end: RunEnd) {
        self.out.push(Event::RunEnded(end.clone()));
        // Before the folder is let go: the next session there writes its own.
        self.write_record();
        self.out.record(false);
        if self.race_goes_on() {
            return;
        }
        self.run = None;
        watch_memory(None);
        self.stuck = false;
        self.set_state(RunState::Idle);
        self.run_ended_in_queue(&end);
        self.library.list_runs(&mut self.out);
    }

    /// Saves and ends the run, or cancels the one that is being prepared.
    fn stop(&mut self) {
        if let Some(mut run) = self.run.take() {
            self.set_state(RunState::Stopping);
            self.out.flush(true);
            match run.finish(&mut self.out) {
                Ok(end) => {
                    self.end(end);
                    // The other run of a race.
                    self.stop();
                }
                Err(e) => {
                    let unsaved = matches!(e, RunError::Disk(_)) && !run.is_saved();
                    // A full disk while closing: the run is paused again, so that saving can be tried again.
                    self.run = Some(run);
                    self.interrupt(e);
                    if unsaved {
                        self.notice(Level::Error, "The newest steps are not saved yet.");
                    }
                }
            }
        } else if self.pending.take().is_some() {
            self.pictures.abandon();
            self.end(RunEnd::Stopped { step: 0 });
        }
    }

    fn share_weights(&mut self, wanted: bool) {
        if !wanted {
            self.sharing.stop();
            return;
        }
        self.sharing.begin();
        if self.remote.is_some() || self.watched.is_some() {
            return self.share_newest();
        }
        if self.run.is_none() {
            self.notice(Level::Warning, "No run is training. Start one, or open a finished one.");
        }
        self.give_weights();
    }

    fn give_weights(&mut self) {
        let Some(run) = self.run.as_ref().filter(|_| self.is_on_show()) else { return };
        if let Err(e) = self.sharing.give(run) {
            self.interrupt(e);
        }
    }
}
