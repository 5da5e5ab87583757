//! What the engine tells of a run.

use super::{DatasetState, EngineState, Grid, RunView};
use crate::engine::{Finding, Level, RunEnd, RunInfo, RunState, Severity, TunablesChange};
use crate::ui::effect::Effect;
use crate::ui::text;
use std::path::PathBuf;
use std::sync::Arc;

impl EngineState {
    /// The run in progress. Events of a new run may come before its facts, so any of them opens it.
    pub(super) fn run_mut(&mut self) -> &mut RunView {
        if self.run.as_ref().is_none_or(|run| run.end.is_some()) {
            self.open_run();
        }
        self.run.get_or_insert_default()
    }

    fn open_run(&mut self) {
        self.runs_seen += 1;
        self.run = Some(RunView::new(self.runs_seen));
    }

    /// The run of the events that follow is watched, or nobody is watched any more.
    pub(super) fn watched(&mut self, on: bool, now: f64) {
        self.watching = on;
        if on || self.run.as_ref().is_some_and(|run| run.end.is_none()) {
            // That of a run which goes on without us would stay as it is.
            self.run = None;
        }
        if on {
            self.log.push(now, Level::Info, "Watching a run that another program trains.");
            self.preparing = "Opening the run…".to_owned();
        }
    }

    pub(super) fn run_state_changed(&mut self, state: RunState) -> Vec<Effect> {
        self.unsaved_run = self.run_state == RunState::Stopping && state == RunState::Paused;
        // Somebody who paused it knows.
        let by_itself = !self.watching
            && state == RunState::Paused
            && self.run_state != state
            && !std::mem::take(&mut self.pause_asked);
        let on_battery = !self.watching && state == RunState::OnBattery && self.run_state != state;
        self.run_state = state;
        if state == RunState::Preparing && self.run.as_ref().is_some_and(|run| run.end.is_some()) {
            self.run = None;
        }
        let why = self.log.last().filter(|line| line.level == Level::Error);
        let why = why.map_or("Training is paused.", |line| &line.text);
        if on_battery {
            return vec![Effect::Notify("Training is paused while the computer runs on battery.".to_owned())];
        }
        if by_itself { vec![Effect::Notify(why.to_owned())] } else { Vec::new() }
    }

    /// The engine was lost and started again. The run on show stays until the resumed one has begun.
    pub(super) fn restarted(&mut self, text: String, resuming: bool, now: f64) -> Effect {
        self.recovering = resuming;
        self.speeds.lost();
        if resuming {
            self.run_state = RunState::Preparing;
            self.preparing = "Resuming the run…".to_owned();
        }
        self.say(now, Level::Error, text)
    }

    pub(super) fn run_started(&mut self, info: Arc<RunInfo>, now: f64) -> Vec<Effect> {
        let text = match info.first_step {
            0 => format!("Training starts on {}.", info.device.name),
            step => format!("Training resumes at step {} on {}.", text::count(step), info.device.name),
        };
        if !self.watching {
            self.log.push(now, Level::Good, &text);
        }
        if self.recovering || self.watching && self.run.as_ref().is_some_and(|run| run.info.is_some()) {
            // What was on show is told again, as far as it was saved.
            self.open_run();
        }
        let run = self.run_mut();
        run.tunables = run.marks.last().map_or(&info.config.tunables, |mark| &mark.tunables).clone();
        if info.first_step > 0 && run.saved.is_none() {
            // A resumed run stands on the checkpoint that it was read from.
            run.saved = Some((info.first_step, info.path.clone()));
        }
        run.info = Some(info.clone());
        vec![Effect::RunStarted(info)]
    }

    pub(super) fn tunables_applied(&mut self, mark: TunablesChange, now: f64) -> Vec<Effect> {
        // Marks of the past arrive before the first progress of a resumed run.
        if self.run.as_ref().is_some_and(|r| r.progress.is_some()) {
            let text = format!("Step {}: {}.", text::count(mark.step), mark.text);
            self.log.push(now, Level::Info, &text);
        }
        let rolled_back = mark.rolled_back;
        self.run_mut().add_mark(mark);
        if rolled_back { vec![Effect::RolledBack] } else { Vec::new() }
    }

    pub(super) fn sample(&mut self, grid: Grid, fresh: bool) {
        // An old grid may be asked for after the run ended; only a fresh one can open a run.
        let run = if fresh { Some(self.run_mut()) } else { self.run.as_mut() };
        if let Some(run) = run {
            run.samples.insert(grid, fresh);
        }
    }

    pub(super) fn saved(&mut self, step: u64, path: PathBuf, now: f64) -> Vec<Effect> {
        let asked = std::mem::take(&mut self.save_asked);
        let toast = self.say(now, Level::Good, format!("Saved at step {}.", text::count(step)));
        if let Some(run) = &mut self.run {
            run.saved = Some((step, path));
        }
        if asked { vec![toast] } else { Vec::new() }
    }

    pub(super) fn coach(&mut self, findings: Vec<Finding>, now: f64) -> Vec<Effect> {
        let mut effects = Vec::new();
        let known = self.run.as_ref().map_or(Vec::new(), |run| run.findings.clone());
        for finding in findings.iter().filter(|f| !known.iter().any(|k| k.is_like(f))) {
            let level = if finding.severity == Severity::Alarm { Level::Error } else { Level::Warning };
            let text = format!("{}. {}", finding.kind.title(), finding.text);
            self.log.push(now, level, &text);
            if level == Level::Error {
                effects.push(Effect::Notify(text));
            }
        }
        if findings.is_empty() && !known.is_empty() {
            self.log.push(now, Level::Good, "Training looks healthy again.");
        }
        self.run_mut().set_findings(findings);
        effects
    }

    pub(super) fn run_ended(&mut self, end: RunEnd, now: f64) -> Vec<Effect> {
        let (level, text) = match &end {
            RunEnd::Finished { step } => (Level::Good, format!("Training finished at step {}.", text::count(*step))),
            RunEnd::Stopped { .. } if self.run.as_ref().is_none_or(|run| run.info.is_none()) => {
                (Level::Info, "Cancelled before the first step.".to_owned())
            }
            RunEnd::Stopped { .. } if self.recovering => (Level::Info, "Cancelled before the run resumed.".to_owned()),
            RunEnd::Stopped { step } => (Level::Good, format!("Stopped and saved at step {}.", text::count(*step))),
            RunEnd::Copying { step } => {
                (Level::Warning, format!("Stopped and saved at step {}: copies had begun.", text::count(*step)))
            }
            RunEnd::Diverged { step, text } => {
                (Level::Error, format!("Training diverged at step {}. {text}", text::count(*step)))
            }
            RunEnd::Failed { text, .. } => (Level::Error, text.clone()),
        };
        // Somebody who stopped it knows.
        let stopped = matches!(end, RunEnd::Stopped { .. });
        let mut effects = if stopped { Vec::new() } else { vec![Effect::Notify(text.clone())] };
        effects.push(self.say(now, level, text));
        if self.run.as_ref().is_none_or(|run| run.end.is_some()) {
            // It failed before it began.
            self.open_run();
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
        self.recovering = false;
        effects.push(Effect::RunEnded);
        effects
    }
}
