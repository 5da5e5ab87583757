//! Everything the engine has told the window. `apply` is the only way in: no clocks, no files, no drawing.

mod evaluation;
mod explore;
mod log;
mod run;
mod samples;

pub use evaluation::{Evaluating, EvaluationState};
pub use explore::{Counted, ExploreState, MapKind, SearchState};
pub(crate) use explore::{MAP, Node, map_specs};
pub use log::{Line, Log};
pub use run::RunView;
pub use samples::{Grid, Samples};

use super::text;
use crate::config::{AppSettings, DataConfig};
use crate::engine::{
    DataProgress, DatasetReport, DeviceInfo, Evaluation, Event, ExploreEvent, Finding, Level, RunEnd, RunState,
    RunSummary, Severity,
};
use crate::printable;
use std::sync::Arc;

/// What is known of the pictures.
#[derive(Debug, Clone, Default)]
pub enum DatasetState {
    #[default]
    Unknown,
    Scanning(Option<DataProgress>),
    Ready(Arc<DatasetReport>),
    Failed(String),
}

/// The window's picture of the engine.
#[derive(Default)]
pub struct EngineState {
    /// None until the remembered settings are read; they are not written before.
    pub settings: Option<AppSettings>,
    pub devices: Option<Vec<DeviceInfo>>,
    pub runs: Option<Vec<RunSummary>>,
    pub dataset: DatasetState,
    /// The settings and the size that the newest scan was asked for.
    pub scanned: Option<(DataConfig, u32)>,
    pub run_state: RunState,
    pub preparing: String,
    pub run: Option<RunView>,
    pub explore: ExploreState,
    pub evaluation: EvaluationState,
    pub log: Log,
    /// Somebody pressed Save: a toast tells when it is done. Saves that come by themselves are told in the log alone.
    pub save_asked: bool,
    /// Messages that want a toast, oldest first; the app takes them.
    pub toasts: Vec<(Level, String)>,
    /// Why the worker thread is gone, if it is.
    pub dead: Option<String>,
    /// The window asked the worker to end, so its end is no accident.
    pub closing: bool,
    /// The run could not be saved when it was to end, so it is paused instead.
    pub unsaved_run: bool,
    runs_seen: u64,
}

impl EngineState {
    /// A run is being prepared, trained, paused or saved.
    pub fn busy(&self) -> bool {
        self.dead.is_none() && self.run_state != RunState::Idle
    }

    /// The run can take commands such as "sample now".
    pub fn live(&self) -> bool {
        self.dead.is_none() && matches!(self.run_state, RunState::Running | RunState::Paused)
    }

    pub fn report(&self) -> Option<&Arc<DatasetReport>> {
        if let DatasetState::Ready(report) = &self.dataset { Some(report) } else { None }
    }

    /// A scan was asked for; its answer is on its way.
    pub(crate) fn scan_asked(&mut self, data: DataConfig, size: u32) {
        self.dataset = DatasetState::Scanning(None);
        self.scanned = Some((data, size));
    }

    /// Takes in one message; `now` is in seconds since the window opened.
    pub fn apply(&mut self, mut event: Event, now: f64) {
        if let Some(text) = text_of(&mut event) {
            *text = printable::line(text).into_owned();
        }
        match event {
            Event::Devices(devices) => self.devices = Some(devices),
            Event::Settings(settings) => self.settings = Some(settings),
            Event::Runs(runs) => self.runs = Some(runs),
            Event::DataProgress(progress) => self.dataset = DatasetState::Scanning(Some(progress)),
            Event::DataReady(report) => self.data_ready(report, now),
            Event::DataFailed(text) => {
                self.say(now, Level::Warning, format!("Pictures: {text}"), false);
                self.dataset = DatasetState::Failed(text);
            }
            Event::State(state) => {
                self.unsaved_run = self.run_state == RunState::Stopping && state == RunState::Paused;
                self.run_state = state;
                if state == RunState::Preparing && self.run.as_ref().is_some_and(|run| run.end.is_some()) {
                    self.run = None;
                }
            }
            Event::Preparing(text) => {
                self.log.push(now, Level::Info, &text);
                self.preparing = text;
            }
            Event::RunStarted(info) => {
                let text = match info.first_step {
                    0 => format!("Training starts on {}.", info.device.name),
                    step => format!("Training resumes at step {} on {}.", text::count(step), info.device.name),
                };
                self.say(now, Level::Good, text, false);
                let run = self.run_mut();
                run.tunables = info.config.tunables.clone();
                if let Some(mark) = run.marks.last() {
                    run.tunables = mark.tunables.clone();
                }
                if info.first_step > 0 && run.saved.is_none() {
                    // A resumed run stands on the checkpoint that it was read from.
                    run.saved = Some((info.first_step, info.path.clone()));
                }
                run.info = Some(info);
            }
            Event::Metrics(metrics) => self.run_mut().add_metrics(metrics),
            Event::Progress(progress) => self.run_mut().progress = Some(progress),
            Event::TunablesApplied(mark) => {
                // Marks of the past arrive before the first progress of a resumed run.
                if self.run.as_ref().is_some_and(|r| r.progress.is_some()) {
                    let text = format!("Step {}: {}.", text::count(mark.step), mark.text);
                    self.log.push(now, Level::Info, &text);
                }
                self.run_mut().add_mark(mark);
            }
            Event::Findings(findings) => self.coach(findings, now),
            Event::Measuring(step) => self.run_mut().measuring = step,
            Event::NotMeasured(why) => self.run_mut().not_measured = Some(why),
            Event::Quality(point) => self.run_mut().add_quality(point),
            Event::Sample { step, fresh, frame, tiles, side } => {
                let grid = Grid { step, frame, tiles, side };
                // An old grid may be asked for after the run ended; only a fresh one can open a run.
                let run = if fresh { Some(self.run_mut()) } else { self.run.as_mut() };
                if let Some(run) = run {
                    run.samples.insert(grid, fresh);
                }
            }
            Event::SampleSteps(steps) => self.run_mut().samples.set_steps(steps),
            Event::SamplesGone(steps) => {
                if let Some(run) = &mut self.run {
                    run.samples.remove(&steps);
                }
            }
            Event::Saved { step, path } => {
                let asked = std::mem::take(&mut self.save_asked);
                self.say(now, Level::Good, format!("Saved at step {}.", text::count(step)), asked);
                if let Some(run) = &mut self.run {
                    run.saved = Some((step, path));
                }
            }
            Event::Notice { level, text } => self.say(now, level, text, true),
            Event::Explore(ExploreEvent::Evaluation(told)) => {
                if let Some((level, text)) = self.evaluation.apply(told, now) {
                    self.say(now, level, text, true);
                }
            }
            Event::Explore(event) => {
                if let Some((level, text)) = self.explore.apply(event) {
                    self.say(now, level, text, true);
                }
            }
            Event::RunEnded(end) => self.run_ended(end, now),
            Event::WorkerDied(text) => self.worker_died(text, now),
        }
    }

    /// What closing the window now would lose, in words: work that is not saved half-way, as a training is.
    pub(crate) fn unsaved_work(&self) -> Option<&'static str> {
        if self.evaluation.running.is_some() {
            return Some("An evaluation is in progress");
        }
        self.explore.work()
    }

    /// The run that is going on. Events of a new run may come before its facts, so any of them opens it.
    fn run_mut(&mut self) -> &mut RunView {
        if self.run.as_ref().is_none_or(|run| run.end.is_some()) {
            self.runs_seen += 1;
            self.run = Some(RunView::new(self.runs_seen));
        }
        self.run.get_or_insert_with(RunView::default)
    }

    fn say(&mut self, now: f64, level: Level, text: String, toast: bool) {
        if toast {
            self.toasts.push((level, text.clone()));
        }
        self.log.push(now, level, &text);
    }

    fn coach(&mut self, findings: Vec<Finding>, now: f64) {
        let known = self.run.as_ref().map_or(Vec::new(), |run| run.findings.clone());
        for finding in findings.iter().filter(|f| !known.iter().any(|k| k.is_like(f))) {
            let level = if finding.severity == Severity::Alarm { Level::Error } else { Level::Warning };
            let text = format!("{}. {}", finding.kind.title(), finding.text);
            self.log.push(now, level, &text);
        }
        if findings.is_empty() && !known.is_empty() {
            self.log.push(now, Level::Good, "Training looks healthy again.");
        }
        self.run_mut().set_findings(findings);
    }

    fn data_ready(&mut self, report: Arc<DatasetReport>, now: f64) {
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
        self.dataset = DatasetState::Ready(report);
    }

    fn run_ended(&mut self, end: RunEnd, now: f64) {
        let (level, text) = match &end {
            RunEnd::Finished { step } => (Level::Good, format!("Training finished at step {}.", text::count(*step))),
            RunEnd::Stopped { .. } if self.run.as_ref().is_none_or(|run| run.info.is_none()) => {
                (Level::Info, "Cancelled before the first step.".to_owned())
            }
            RunEnd::Stopped { step } => (Level::Good, format!("Stopped and saved at step {}.", text::count(*step))),
            RunEnd::Diverged { step, text } => {
                (Level::Error, format!("Training diverged at step {}. {text}", text::count(*step)))
            }
            RunEnd::Failed { text, .. } => (Level::Error, text.clone()),
        };
        self.say(now, level, text, true);
        if self.run.as_ref().is_none_or(|run| run.end.is_some()) {
            // It failed before it began.
            self.runs_seen += 1;
            self.run = Some(RunView::new(self.runs_seen));
        }
        if let Some(run) = &mut self.run {
            run.end = Some(end);
        }
        if matches!(self.run, Some(RunView { info: None, end: Some(RunEnd::Stopped { .. }), .. }))
            && matches!(self.dataset, DatasetState::Scanning(_))
        {
            // They were being prepared for this run alone.
            self.dataset = DatasetState::Failed("The preparation was cancelled.".to_owned());
        }
        self.run_state = RunState::Idle;
    }

    fn worker_died(&mut self, text: String, now: f64) {
        if !self.closing {
            self.say(now, Level::Error, text.clone(), false);
        }
        if matches!(self.dataset, DatasetState::Scanning(_)) {
            self.dataset = DatasetState::Failed(text.clone());
        }
        self.run_state = RunState::Idle;
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
        | Event::WorkerDied(text)
        | Event::Explore(ExploreEvent::Failed { text, .. } | ExploreEvent::Evaluation(Evaluation::Failed(text))) => {
            Some(text)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
