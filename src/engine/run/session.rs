//! The state machine between commands and work. Runs on the worker thread alone.

mod begin;

use crate::compute::list_devices;
use crate::config::{AppSettings, DataConfig};
use crate::data::{DataError, Dataset};
use crate::engine::app_dirs::AppDirs;
use crate::engine::explore::LiveWeights;
use crate::engine::protocol::command::Command;
use crate::engine::protocol::event::{Event, Level, RunEnd, RunInfo, RunState};
use crate::engine::protocol::outbox::Outbox;
use crate::engine::run::active_run::{ActiveRun, Trouble, sample_event};
use crate::engine::run::intake::Intake;
use crate::engine::run::runs::list_runs;
use crate::train::{RunDir, RunDirError};
use begin::Waiting;
use crossbeam_channel::Sender;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often the explorer gets new weights of a run: often enough to see it learn, seldom enough to cost nothing.
const SHARE_EVERY: Duration = Duration::from_secs(3);

/// Everything the worker owns.
pub(crate) struct Session {
    dirs: AppDirs,
    settings: AppSettings,
    pub out: Outbox,
    state: RunState,
    intake: Option<Intake>,
    /// The pictures prepared last, with what they were prepared for.
    prepared: Option<(DataConfig, u32, Arc<Dataset>)>,
    waiting: Option<Waiting>,
    run: Option<ActiveRun>,
    /// The run that is under way or was the last one: its sample grids can still be looked at.
    shown: Option<Arc<RunInfo>>,
    /// Where the explorer takes the weights of a run from; none without a window.
    weights: Option<Sender<LiveWeights>>,
    /// The explorer wants them, and when it was last given some.
    sharing: Option<Instant>,
    /// The run folder could not be written: nothing is tried again before somebody asks for it.
    stuck: bool,
}

impl Session {
    pub fn new(dirs: AppDirs, out: Outbox, weights: Option<Sender<LiveWeights>>) -> Self {
        Self {
            dirs,
            settings: AppSettings::default(),
            out,
            state: RunState::Idle,
            intake: None,
            prepared: None,
            waiting: None,
            run: None,
            shown: None,
            weights,
            sharing: None,
            stuck: false,
        }
    }

    /// Whether there is a step to do without being asked. None for a run that only waits for its last numbers.
    pub fn is_running(&self) -> bool {
        self.state == RunState::Running && !self.run.as_ref().is_some_and(ActiveRun::is_ending)
    }

    /// Whether something goes on that must be looked at now and then.
    pub fn is_waiting(&self) -> bool {
        let measuring = self.run.as_ref().is_some_and(ActiveRun::is_measuring);
        self.intake.is_some() || (measuring && !self.stuck) || !self.out.is_empty()
    }

    /// Carries out a request; failures become events.
    pub fn apply(&mut self, command: Command) {
        if matches!(command, Command::Continue | Command::SampleNow | Command::SaveNow | Command::Rollback { .. }) {
            self.stuck = false;
        }
        match command {
            Command::ListDevices => self.out.push(Event::Devices(list_devices())),
            Command::LoadSettings => self.load_settings(),
            Command::SaveSettings(settings) => {
                self.settings = settings;
                if let Err(text) = self.dirs.save_settings(&self.settings) {
                    self.notice(Level::Warning, text);
                }
            }
            Command::ListRuns => self.list_runs(),
            Command::ScanData { data, size } => self.scan(data, size),
            Command::CancelScan => {
                if let Some(intake) = &self.intake {
                    intake.cancel();
                }
            }
            Command::Start { config, out } => self.begin(|s| s.start(*config, out)),
            Command::Resume { run, limits } => self.begin(|s| s.resume(run, limits)),
            Command::Pause if self.state == RunState::Running => self.set_state(RunState::Paused),
            Command::Continue if self.state == RunState::Paused => {
                if let Some(run) = &mut self.run {
                    run.continue_after_pause();
                }
                self.set_state(RunState::Running);
            }
            Command::Pause | Command::Continue => {}
            Command::SetTunables(tunables) => self.with_run(|run| run.set_tunables(tunables)),
            Command::Rollback { step, lower } => match &mut self.waiting {
                Some(waiting) => waiting.rollback = Some((step, lower)),
                None => self.with_run(|run| run.want_rollback(step, lower)),
            },
            Command::SampleNow => self.with_run(ActiveRun::want_sample),
            Command::SaveNow => self.with_run(ActiveRun::want_save),
            Command::Stop | Command::Shutdown => self.stop(),
            Command::ShareWeights(wanted) => self.share_weights(wanted),
            Command::LoadSample { step } => self.load_sample(step),
        }
    }

    /// Does the next piece of work: looks after the pictures, serves a pause, or does one step.
    pub fn advance(&mut self) {
        self.watch_intake();
        let Some(run) = &mut self.run else { return };
        let done = match self.state {
            RunState::Running => run.advance(&mut self.out),
            RunState::Paused if self.stuck => return,
            RunState::Paused => run.serve_paused(&mut self.out).map(|()| None),
            RunState::Idle | RunState::Preparing | RunState::Stopping => return,
        };
        match done {
            Ok(None) => self.give_weights(),
            Ok(Some(end)) => self.end(end),
            Err(trouble) => self.trouble(trouble),
        }
    }

    /// A step panicked: the run's memory cannot be trusted any more, its checkpoints can.
    pub fn abandon(&mut self, panic: &str) {
        let text = format!(
            "The training stopped because of an internal error ({panic}). The run can be resumed from its last \
             checkpoint; if it was on a GPU, restart Purrtrait first."
        );
        self.waiting = None;
        self.intake = None;
        self.end(RunEnd::Failed { cause: crate::engine::protocol::event::Cause::Other, text });
    }

    fn trouble(&mut self, trouble: Trouble) {
        match trouble {
            Trouble::Disk(e) => {
                let gone = self.run.as_ref().is_some_and(ActiveRun::is_gone);
                self.notice(Level::Error, format!("{e}. Training is paused{}", paused_because(&e, gone)));
                self.stuck = true;
                self.set_state(RunState::Paused);
            }
            Trouble::Diverged { step, text } => {
                if let Some(run) = &mut self.run {
                    run.save_after_divergence(step, &mut self.out);
                }
                self.end(RunEnd::Diverged { step, text });
            }
            Trouble::Fatal(e) => self.end(RunEnd::Failed { cause: e.cause(), text: e.to_string() }),
        }
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
        match &mut self.run {
            Some(run) => act(run),
            None => self.notice(Level::Warning, "There is no run to do this with."),
        }
    }

    fn end(&mut self, end: RunEnd) {
        self.run = None;
        self.stuck = false;
        self.out.push(Event::RunEnded(end));
        self.set_state(RunState::Idle);
        self.list_runs();
    }

    /// Saves and ends, or gives up what is being prepared.
    fn stop(&mut self) {
        if let Some(mut run) = self.run.take() {
            self.set_state(RunState::Stopping);
            self.out.flush(true);
            match run.finish(&mut self.out) {
                Ok(end) => self.end(end),
                Err(trouble) => {
                    let unsaved = matches!(trouble, Trouble::Disk(_)) && !run.is_saved();
                    // A full disk while closing: the run goes back to its pause, so that it can be tried again.
                    self.run = Some(run);
                    self.trouble(trouble);
                    if unsaved {
                        self.notice(Level::Error, "The newest steps are not saved yet.");
                    }
                }
            }
        } else if self.waiting.take().is_some() {
            self.intake = None;
            self.end(RunEnd::Stopped { step: 0 });
        }
    }

    fn load_settings(&mut self) {
        let (settings, problem) = self.dirs.load_settings();
        self.settings = settings;
        self.out.push(Event::Settings(self.settings.clone()));
        if let Some(text) = problem {
            self.notice(Level::Warning, text);
        }
        self.list_runs();
    }

    fn runs_folder(&self) -> PathBuf {
        self.settings.runs_folder.clone().unwrap_or_else(|| self.dirs.runs.clone())
    }

    fn list_runs(&mut self) {
        let runs = list_runs(&self.runs_folder(), &self.settings.recent_runs);
        self.out.push(Event::Runs(runs));
    }

    fn load_sample(&mut self, step: u64) {
        let Some(info) = &self.shown else { return };
        let (tiles, side) = (info.config.sample_count, info.config.model.size);
        let found = RunDir::look(&info.path).and_then(|(dir, _)| {
            // It may have been given up since the window asked.
            if dir.has_sample(step) { dir.load_sample(step).map(Some) } else { Ok(None) }
        });
        match found {
            Ok(Some(sheet)) => self.out.push(sample_event(step, false, sheet, tiles, side)),
            Ok(None) => self.out.push(Event::SamplesGone(vec![step])),
            Err(e) => self.notice(Level::Warning, e.to_string()),
        }
    }

    fn share_weights(&mut self, wanted: bool) {
        // Due at once.
        self.sharing = wanted.then(|| Instant::now() - SHARE_EVERY);
        if wanted && self.run.is_none() {
            self.notice(Level::Warning, "No run is training. Start one, or open a finished one.");
        }
        self.give_weights();
    }

    /// Hands the explorer the newest averaged weights, every few seconds. Reads them from the device.
    fn give_weights(&mut self) {
        let (Some(given), Some(run), Some(weights)) = (&mut self.sharing, &self.run, &self.weights) else { return };
        if given.elapsed() < SHARE_EVERY || weights.is_full() {
            return;
        }
        *given = Instant::now();
        match run.live_weights() {
            Ok(None) => {}
            Ok(Some(live)) => {
                // An explorer that is gone or behind needs none.
                let _ = weights.try_send(live);
            }
            Err(trouble) => self.trouble(trouble),
        }
    }

    // ---- pictures

    fn scan(&mut self, data: DataConfig, size: u32) {
        if let Some((known, known_size, dataset)) = &self.prepared
            && *known == data
            && *known_size == size
            && self.intake.is_none()
            && self.waiting.is_some()
        {
            // The same request again, by the run that it was made for.
            let report = dataset.report().clone();
            self.out.push(Event::DataReady(report));
            self.launch();
            return;
        }
        // Start was pressed while the same pictures are being prepared: they will do.
        if self.waiting.is_some() && self.intake.as_ref().is_some_and(|i| i.data == data && i.size == size) {
            return;
        }
        match Intake::start(data, size, self.dirs.cache.clone()) {
            Ok(intake) => self.intake = Some(intake),
            Err(e) => self.data_failed(format!("No thread could be started: {e}"), crate::engine::Cause::Other),
        }
    }

    fn watch_intake(&mut self) {
        let Some(intake) = &mut self.intake else { return };
        if let Some(progress) = intake.progress() {
            self.out.push(Event::DataProgress(progress));
        }
        let Some(result) = intake.finished() else { return };
        let Some(intake) = self.intake.take() else { return };
        match result {
            Ok(dataset) => {
                let dataset = Arc::new(dataset);
                self.out.push(Event::DataReady(dataset.report().clone()));
                self.prepared = Some((intake.data.clone(), intake.size, dataset));
                if self.waiting.is_some() {
                    self.launch();
                }
            }
            Err(e) => {
                let text = e.to_string();
                if let DataError::NoPictures { report } = &e {
                    // The window shows why each file was skipped.
                    self.out.push(Event::DataReady(report.clone()));
                }
                self.data_failed(text, crate::engine::Cause::Data);
            }
        }
    }

    fn data_failed(&mut self, text: String, cause: crate::engine::Cause) {
        self.out.push(Event::DataFailed(text.clone()));
        if self.waiting.take().is_some() {
            self.end(RunEnd::Failed { cause, text });
        }
    }
}

/// What a pause means for a run whose folder cannot be written, and the remedy. `gone`: it is not there any more.
fn paused_because(error: &RunDirError, gone: bool) -> &'static str {
    if gone {
        ": its run folder was deleted or moved, or its drive is disconnected, and nothing can be saved. What it has learned \
         is still in memory: put the folder back or reconnect the drive, then continue. What was learned since the last \
         checkpoint is lost if Purrtrait ends before."
    } else if error.is_limit() {
        "; nothing is lost. The file has reached the limit on file sizes: raise it (ulimit -f, or prlimit --fsize for a \
         program that runs), then continue."
    } else {
        "; nothing is lost. Make room or reconnect the drive, then continue."
    }
}
