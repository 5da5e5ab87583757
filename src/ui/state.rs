//! Everything the engine has told the window. `apply` is the only way in, and gives what follows: no clocks, no files,
//! no drawing.

mod evaluation;
mod explore;
mod log;
mod map;
mod race;
mod race_events;
mod run;
mod run_events;
mod samples;
mod sharpener;

pub(super) use evaluation::{Evaluating, EvaluationState};
pub(super) use explore::{CatState, Compared, Counted, ExploreState, SearchState};
pub(super) use log::{Line, Log};
pub(super) use map::MapKind;
pub(crate) use map::{MAP, Node, STRIPS, map_specs};
pub(super) use race::RaceView;
pub(super) use run::RunView;
pub(super) use samples::{Grid, Samples};
pub(crate) use sharpener::SharpenTraining;

use super::effect::Effect;
use super::speeds::Speeds;
use super::text;
use crate::config::{AppSettings, DataConfig, Motion};
use crate::engine::{
    Command, DataProgress, DatasetReport, DeviceInfo, Evaluation, Event, ExploreEvent, ExploreSource, Level, QueueEnd,
    QueueList, RunComparison, RunEnd, RunState, RunSummary, StartInfo,
};
use crate::pixels::Frame;
use crate::printable;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The generator that comes with the program, as the engine calls it.
pub(crate) const BUNDLED: &str = "bundled";
/// The one of 128 px.
pub(crate) const BUNDLED_128: &str = crate::engine::LABEL_128;

/// Why a run that another program trains takes no commands.
pub(crate) const WATCHED: &str = "This run is only being watched.";

/// What is known of the pictures.
#[derive(Debug, Clone, Default)]
pub enum DatasetState {
    #[default]
    /// Nothing was chosen.
    Unknown,
    /// They are being prepared; how far, once that is known.
    Scanning(Option<DataProgress>),
    /// They can be trained on.
    Ready(Arc<DatasetReport>),
    /// They cannot be used; says why.
    Failed(String),
}

/// A photo for the editor.
#[derive(Debug, Clone)]
pub struct OpenedPhoto {
    /// The file.
    pub path: PathBuf,
    /// The upright photo, perhaps made smaller, or why it cannot be shown.
    pub frame: Result<Arc<Frame>, String>,
}

/// What the engine has told.
#[derive(Default)]
pub struct EngineState {
    /// None until the remembered settings are read; they are not written before.
    pub settings: Option<AppSettings>,
    /// The system asks for less motion.
    still_system: bool,
    /// What can be trained on; none until it is known.
    pub devices: Option<Vec<DeviceInfo>>,
    /// The runs that can be resumed; none until they are listed.
    pub runs: Option<Vec<RunSummary>>,
    /// When the list came, in seconds since the window opened.
    pub runs_listed: f64,
    /// The model that comes with the program, once the engine has looked at it; none if no run can start from it.
    pub bundled: Option<StartInfo>,
    /// The pictures of the next run, or of the one that is being prepared.
    pub dataset: DatasetState,
    /// The newest report of the pictures of this source: it stays on show while they are prepared again.
    pub last_report: Option<Arc<DatasetReport>>,
    /// Half of those pictures have so many pixels a side or more, see [`DatasetReport::typical_side`].
    pub(crate) typical_side: f64,
    /// How fast recipes train here.
    pub(crate) speeds: Speeds,
    /// The runs that were put side by side last, or why that failed; none while they are read.
    pub comparison: Option<Result<Arc<RunComparison>, String>>,
    /// The trainings that wait.
    pub queue: QueueList,
    /// The photo that was read for the editor last.
    pub photo: Option<OpenedPhoto>,
    /// The settings and the size that the newest scan was asked for.
    pub scanned: Option<(DataConfig, u32)>,
    /// What the worker is doing.
    pub run_state: RunState,
    /// The run is trained by another program: it is only watched here.
    pub watching: bool,
    /// What is being prepared, in words.
    pub preparing: String,
    /// The run that is in progress or ended last; of a race the one on show.
    pub run: Option<RunView>,
    /// Two runs that take turns, until another one begins.
    pub race: Option<RaceView>,
    /// What the explorer told.
    pub explore: ExploreState,
    /// How measuring a generator goes.
    pub evaluation: EvaluationState,
    /// What happened, line by line.
    pub log: Log,
    /// Somebody pressed Save: a toast tells when it is done. Saves that come by themselves are told in the log alone.
    pub save_asked: bool,
    /// The person asked for a pause that has not begun.
    pub pause_asked: bool,
    /// The engine was lost, and the run is being resumed by itself: nothing else changes for the person.
    pub recovering: bool,
    /// Why the engine is gone for good, if it is.
    pub dead: Option<String>,
    /// The window asked the worker to end, so its end is no accident.
    pub closing: bool,
    /// The run could not be saved when it was to end, so it is paused instead.
    pub unsaved_run: bool,
    runs_seen: u64,
}

impl EngineState {
    /// A run is being prepared, trained, paused or saved here.
    pub fn busy(&self) -> bool {
        self.dead.is_none() && self.run_state != RunState::Idle && !self.watching
    }

    /// The generator that is explored is that of the run in progress.
    pub(crate) fn explores_the_live_run(&self) -> bool {
        let run = self.run.as_ref().and_then(|run| run.info.as_ref()).filter(|_| self.live());
        match (run, self.explore.model.as_ref().map(|model| &model.source)) {
            (Some(_), Some(ExploreSource::Live)) => true,
            (Some(run), Some(ExploreSource::File(path))) => path.starts_with(&run.path),
            _ => false,
        }
    }

    /// A run is about to begin: until it has, its pictures and its recipe are those on show.
    pub fn beginning(&self) -> bool {
        self.dead.is_none() && self.run_state == RunState::Preparing && !self.watching
    }

    /// The run can take commands such as "sample now".
    pub fn live(&self) -> bool {
        // Of a race, one may have ended while the other trains on.
        let over = self.race.is_some() && self.run.as_ref().is_some_and(|run| run.end.is_some());
        !self.watching && !over && self.follows()
    }

    /// The run trains or is paused, here or elsewhere: its newest weights can be explored.
    pub(crate) fn follows(&self) -> bool {
        self.dead.is_none() && (self.run_state == RunState::Running || self.paused())
    }

    /// The run waits between two steps, whoever paused it.
    pub fn paused(&self) -> bool {
        matches!(self.run_state, RunState::Paused | RunState::OnBattery)
    }

    /// Why nothing can be asked of the run: `otherwise`, where it is not because it is only watched.
    pub(crate) fn why_not_live(&self, otherwise: &'static str) -> &'static str {
        if self.watching { WATCHED } else { otherwise }
    }

    /// What is known of pictures that can be trained on.
    pub fn report(&self) -> Option<&Arc<DatasetReport>> {
        if let DatasetState::Ready(report) = &self.dataset { Some(report) } else { None }
    }

    /// A scan was asked for; its answer is on its way.
    pub(crate) fn scan_asked(&mut self, data: DataConfig, size: u32) {
        self.dataset = DatasetState::Scanning(None);
        if self.scanned.as_ref().is_none_or(|(before, _)| before.source != data.source) {
            self.last_report = None;
        }
        self.scanned = Some((data, size));
    }

    /// The folder of the run that is in progress or ended last.
    pub(crate) fn run_on_show(&self) -> Option<String> {
        let info = self.run.as_ref()?.info.as_ref()?;
        Some(info.path.display().to_string())
    }

    /// The generator that is played, as a path for the engine.
    pub(crate) fn played(&self) -> Option<String> {
        match &self.explore.model.as_ref()?.source {
            ExploreSource::Bundled => Some(BUNDLED.to_owned()),
            ExploreSource::File(path) => Some(path.display().to_string()),
            ExploreSource::Live => self.run_on_show(),
        }
    }

    /// Takes in one message, and gives what follows from it.
    fn take_in(&mut self, mut event: Event, now: f64) -> Vec<Effect> {
        if let Some(text) = text_of(&mut event) {
            *text = printable::line(text).into_owned();
        }
        match event {
            Event::Devices(devices) => self.devices = Some(devices),
            Event::Settings(settings) => return self.settings_read(settings),
            Event::Runs(runs) => (self.runs, self.runs_listed) = (Some(runs), now),
            Event::Compared(found) => {
                self.comparison = Some(found.map(Arc::from).map_err(|e| text::sentence(&e)));
            }
            Event::DataProgress(progress) => self.dataset = DatasetState::Scanning(Some(progress)),
            Event::DataReady(report) => return vec![self.data_ready(report, now)],
            Event::DataFailed(text) => {
                self.log.push(now, Level::Warning, &format!("Pictures: {text}"));
                self.dataset = DatasetState::Failed(text);
            }
            Event::Speed { config, found } => self.speeds.answered(*config, found),
            Event::State(state) => return self.run_state_changed(state),
            Event::Watched(on) => self.watched(on, now),
            Event::Preparing(text) => {
                self.log.push(now, Level::Info, &text);
                self.preparing = text;
            }
            Event::RunStarted(info) => return self.run_started(info, now),
            Event::Metrics(metrics) => self.run_mut().add_metrics(metrics),
            Event::Progress(progress) => self.run_mut().progress = Some(progress),
            Event::TunablesApplied(mark) => return self.tunables_applied(mark, now),
            Event::Findings(findings) => return self.coach(findings, now),
            Event::Measuring(step) => self.run_mut().measuring = step,
            Event::NotMeasured(why) => self.run_mut().not_measured = Some(why),
            Event::Quality(point) => self.run_mut().add_quality(point),
            Event::Best(best) => self.run_mut().best = best,
            Event::Sample { step, fresh, frame, tiles, side } => self.sample(Grid { step, frame, tiles, side }, fresh),
            Event::SampleSteps(steps) => self.run_mut().samples.set_steps(steps),
            Event::SamplesGone(steps) => self.run.iter_mut().for_each(|run| run.samples.remove(&steps)),
            Event::Saved { step, path } => return self.saved(step, path, now),
            Event::Notice { level, text } => return vec![self.say(now, level, text)],
            Event::Explore(ExploreEvent::Evaluation(told)) => {
                let outcome = self.evaluation.apply(told, now);
                return outcome.into_iter().map(|(level, text)| self.say(now, level, text)).collect();
            }
            Event::Explore(event) => return vec![Effect::Explored(event)],
            Event::RunEnded(end) => return self.run_ended(end, now),
            // Whose turn it is was noted before.
            Event::Turn(_) => {}
            Event::Queue(list) => self.queue = list,
            Event::QueueEnded(end) => return self.queue_ended(&end, now),
            Event::Photo { path, frame, .. } => self.photo = Some(OpenedPhoto { path, frame: Ok(frame) }),
            Event::ModelInspected { source, found } => return vec![self.model_inspected(source, found)],
            Event::PhotoFailed { path, reason } => {
                let reason = printable::line(&text::sentence(&reason)).into_owned();
                self.photo = Some(OpenedPhoto { path, frame: Err(reason) });
            }
            Event::Restarted { text, resuming } => return vec![self.restarted(text, resuming, now)],
            Event::WorkerDied(text) => self.worker_died(text, now),
        }
        Vec::new()
    }

    /// Changes the settings and remembers them. Before they are read there is nothing to change.
    pub(crate) fn change_settings(&mut self, change: impl FnOnce(&mut AppSettings)) -> Option<Effect> {
        let settings = self.settings.as_mut()?;
        let before = settings.clone();
        change(settings);
        (*settings != before).then(|| Effect::Send(Command::SaveSettings(settings.clone())))
    }

    /// The size of everything in the window, as remembered.
    pub(crate) fn zoom(&self) -> Option<f32> {
        self.settings.as_ref().map(|settings| settings.zoom.clamp(0.5, 4.0))
    }

    /// Takes over whether the system asks for less motion.
    pub(crate) fn system_is_still(&mut self, still: bool) -> Option<Effect> {
        let changed = std::mem::replace(&mut self.still_system, still) != still;
        (changed && self.settings.is_some()).then(|| Effect::Motion(!self.reduced_motion()))
    }

    /// Nothing is to move by itself.
    pub(crate) fn reduced_motion(&self) -> bool {
        self.settings.as_ref().is_some_and(|settings| match settings.motion {
            Motion::System => self.still_system,
            Motion::Full => false,
            Motion::Reduced => true,
        })
    }

    /// What closing the window now would lose, in words: work that is not saved half-way, as a training is.
    pub(crate) fn unsaved_work(&self) -> Option<&'static str> {
        if self.evaluation.running.is_some() {
            return Some("An evaluation is in progress");
        }
        let unsaved = self.explore.favourites_unsaved.then_some("Favourites could not be saved yet");
        self.explore.work().or(unsaved)
    }

    /// Writes a line into the log; the toast with the same text is for the window to show.
    pub(crate) fn say(&mut self, now: f64, level: Level, text: String) -> Effect {
        self.log.push(now, level, &text);
        Effect::Toast(level, text)
    }

    fn settings_read(&mut self, settings: AppSettings) -> Vec<Effect> {
        let theme = settings.theme;
        self.settings = Some(settings);
        let moving = !self.reduced_motion();
        self.zoom().into_iter().map(Effect::Zoom).chain([Effect::Theme(theme), Effect::Motion(moving)]).collect()
    }

    fn data_ready(&mut self, report: Arc<DatasetReport>, now: f64) -> Effect {
        let mut text = format!("{}: {} ready.", report.name, text::of(report.usable, "picture"));
        let level = if report.skipped.is_empty() {
            Level::Good
        } else {
            text += &format!(" {} left out.", text::count(report.skipped.len() as u64));
            Level::Warning
        };
        self.log.push(now, level, &text);
        for notice in &report.notices {
            self.log.push(now, Level::Warning, notice);
        }
        self.typical_side = report.typical_side();
        self.dataset = DatasetState::Ready(report.clone());
        self.last_report = Some(report.clone());
        Effect::PicturesReady(report)
    }

    fn model_inspected(&mut self, source: PathBuf, found: Result<Box<StartInfo>, String>) -> Effect {
        let found = found.map(|info| *info);
        if source == Path::new(BUNDLED) {
            self.bundled = found.clone().ok();
        }
        Effect::ModelInspected(source, found)
    }

    fn queue_ended(&mut self, end: &QueueEnd, now: f64) -> Vec<Effect> {
        let text = end.sentence();
        let level = match end {
            QueueEnd::Through { failed: 0, .. } => Level::Good,
            QueueEnd::Through { .. } | QueueEnd::Refused(_) => Level::Warning,
            QueueEnd::Paused => Level::Info,
        };
        // Somebody who paused it knows.
        let known = *end == QueueEnd::Paused || self.closing;
        let told = (!known).then(|| Effect::Notify(text.clone()));
        told.into_iter().chain([self.say(now, level, text)]).collect()
    }

    fn worker_died(&mut self, text: String, now: f64) {
        if !self.closing {
            self.log.push(now, Level::Error, &text);
        }
        if matches!(self.dataset, DatasetState::Scanning(_)) {
            self.dataset = DatasetState::Failed(text.clone());
        }
        self.run_state = RunState::Idle;
        self.speeds.lost();
        self.dead = Some(text);
    }
}

/// The text of a message that names files and quotes what is in them: it goes to more than one place of the window.
fn text_of(event: &mut Event) -> Option<&mut String> {
    match event {
        Event::DataFailed(text)
        | Event::Preparing(text)
        | Event::NotMeasured(text)
        | Event::Notice { text, .. }
        | Event::RunEnded(RunEnd::Diverged { text, .. } | RunEnd::Failed { text, .. })
        | Event::Restarted { text, .. }
        | Event::WorkerDied(text)
        | Event::Explore(ExploreEvent::Failed { text, .. } | ExploreEvent::Evaluation(Evaluation::Failed(text))) => {
            Some(text)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
