//! Turns the events of a training into lines for people and JSON for programs.

use super::events;
use super::exit::{Exit, Failure};
use super::output::{Meter, Output};
use super::text::{duration, plural, quoted, rate, thousands};
use crate::engine::{
    self, Advice, BestCheckpoint, DatasetReport, Event, Finding, Lane, Level, Progress, QualityPoint, QueueEnd,
    QueueList, RELATIVE_ONLY, Remedy, RunEnd, RunInfo, RunState, Severity, StepMetrics,
};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long to wait before a run that paused itself (a full disk, a drive that is gone) is tried again.
pub(super) const RETRY_AFTER: Duration = Duration::from_secs(60);

/// What is known of the run of a race that waits for its turn.
#[derive(Default)]
struct Aside {
    info: Option<Arc<RunInfo>>,
    told: events::Told,
    losses: Option<StepMetrics>,
    findings: Vec<Finding>,
    best: Option<BestCheckpoint>,
    noted: bool,
}

/// Turns events into lines, JSON and an end.
pub(super) struct Follower<'a> {
    pub out: Output,
    meter: Meter<'a>,
    pub info: Option<Arc<RunInfo>>,
    told: events::Told,
    losses: Option<StepMetrics>,
    data_failure: Option<String>,
    /// The guardian's latest findings.
    findings: Vec<Finding>,
    /// The best checkpoint so far.
    best: Option<BestCheckpoint>,
    /// The remarks on the measurements were printed.
    noted: bool,
    /// Since when the run has been paused.
    pub paused: Option<Instant>,
    /// Another program trains the run: nothing is asked of it.
    pub watching: bool,
    /// One training after another is followed.
    pub queue: bool,
    /// The entry of the queue that was named last.
    entry: Option<u64>,
    /// The run of a race that is told of, the other one, and how those went that have ended.
    lane: Option<Lane>,
    other: Box<Aside>,
    results: Vec<Result<Exit, Failure>>,
    /// Ctrl+C was passed on.
    pub stopping: bool,
    /// The engine is saving for the last time: a pause after this means that it failed.
    pub saving_last: bool,
}

impl<'a> Follower<'a> {
    pub(super) fn new(out: &'a Output) -> Self {
        Self {
            out: *out,
            meter: Meter::new(out),
            info: None,
            told: events::Told::default(),
            losses: None,
            data_failure: None,
            findings: Vec::new(),
            best: None,
            noted: false,
            paused: None,
            watching: false,
            queue: false,
            entry: None,
            lane: None,
            other: Box::default(),
            results: Vec::new(),
            stopping: false,
            saving_last: false,
        }
    }

    /// `Some` when the training is over.
    pub(super) fn event(&mut self, event: Event) -> Option<Result<Exit, Failure>> {
        if let Event::Turn(lane) = event {
            return self.turn_of(lane);
        }
        self.told.note(&event);
        for line in events::lines(&event, &self.told) {
            self.out.json(&line);
        }
        match event {
            Event::DataProgress(p) => {
                self.meter.show(p.phase.words(), p.done as u64, Some(p.total as u64), "");
            }
            Event::DataReady(report) => {
                self.out.line(&dataset_line(&report));
                report.notices.iter().for_each(|notice| self.notice(Level::Warning, notice));
                // Who trains without looking for faces has said so.
                let said = |advice: &Advice| advice.remedies.first() == Some(&Remedy::CutToFaces);
                let bad = report.advice.iter().filter(|advice| !advice.good && !said(advice));
                bad.for_each(|advice| self.notice(Level::Warning, &advice.text));
            }
            Event::DataFailed(text) => self.data_failure = Some(text),
            Event::Preparing(text) => self.out.line(&text),
            Event::RunStarted(info) => self.started(info),
            Event::Metrics(steps) => self.losses = steps.last().copied().or(self.losses),
            Event::Progress(progress) => self.progress(&progress),
            Event::TunablesApplied(mark) if self.told.is_new() => {
                self.out.line(&format!("step {}: {}", thousands(mark.step), mark.text));
            }
            Event::Findings(findings) => self.coach(findings),
            Event::Quality(point) if self.told.is_new() => self.quality(&point),
            Event::Best(best) => self.best = best,
            Event::Saved { step, path } => {
                self.out.line(&format!("step {}: saved {}", thousands(step), path.display()));
            }
            Event::Notice { level, text } => self.notice(level, &text),
            Event::Restarted { text, .. } => self.notice(Level::Error, &text),
            // A notice says why; the engine goes on by itself.
            Event::State(RunState::OnBattery) => self.paused = None,
            Event::State(RunState::Stopping) => (self.saving_last, self.paused) = (true, None),
            Event::State(RunState::Paused) if self.watching => self.out.line("Paused."),
            Event::State(RunState::Paused) => {
                self.paused = Some(Instant::now());
                if !self.stopping {
                    self.out.note(&format!("Trying again in {}.", duration(RETRY_AFTER.as_secs_f64())));
                }
            }
            Event::State(RunState::Idle) if self.info.is_none() && !self.queue => {
                let text = self.data_failure.take()?;
                return Some(Err(Failure::new(Exit::Data, text)));
            }
            Event::RunEnded(end) if self.lane.is_some() => {
                let result = self.ended(end);
                if let Err(failure) = &result {
                    self.out.note(&format!("error: {}", failure.text));
                }
                self.results.push(result);
            }
            Event::RunEnded(end) if self.queue => self.ended_in_queue(end),
            Event::RunEnded(end) => return Some(self.ended(end)),
            Event::Queue(list) if self.queue => self.turn(&list),
            Event::QueueEnded(end) if self.queue => return Some(self.queue_ended(&end)),
            Event::WorkerDied(text) => return Some(Err(Failure::new(Exit::Other, text))),
            // The rest is for windows.
            _ => {}
        }
        None
    }

    fn started(&mut self, info: Arc<RunInfo>) {
        let (device, config) = (&info.device, &info.config);
        self.out.line(&format!("Run folder  {} (the sample grids are in samples)", info.path.display()));
        self.out.line(&format!("Device      {} ({}, {})", device.name, device.id, device.api));
        self.out.line(&format!(
            "Pictures    {} of {}, {} px; {} per epoch",
            thousands(info.pictures as u64),
            config.data.source.name(),
            config.model.size,
            plural(info.steps_per_epoch as usize, "step", "steps"),
        ));
        self.out.line(&format!(
            "Networks    {} with {} generator and {} discriminator parameters",
            config.preset,
            thousands(info.generator_parameters as u64),
            thousands(info.discriminator_parameters as u64),
        ));
        for (kind, why) in info.not_watched(config.tunables.measure_every > 0.0, |[_, flag]| flag.to_owned()) {
            self.out.line(&format!("Unwatched   {}: {why}", kind.noun()));
        }
        if let Some(steps) = engine::enough_steps(config, info.pictures + info.held_out) {
            let steps = thousands(steps);
            self.out.line(&format!("Limit       {steps} steps are enough; later it begins to copy so few pictures"));
        }
        if info.first_step > 0 {
            self.out.line(&format!("Resumed     after step {}", thousands(info.first_step)));
        }
        self.info = Some(info);
    }

    fn progress(&mut self, progress: &Progress) {
        // The most important first: a narrow terminal cuts off the end.
        let mut words = format!("· epoch {:.1}", progress.epoch);
        if let Some(m) = &self.losses {
            words += &format!(" · D {:.3} G {:.3}", m.loss_d, m.loss_g);
        }
        words += &format!(" · {} steps/s", rate(progress.steps_per_second));
        if let Some(eta) = progress.eta_seconds.filter(|eta| *eta > 0.5) {
            words += &format!(" · {} left", duration(eta));
        }
        words += &format!(" · {} pictures/s", rate(progress.images_per_second));
        if let Some(m) = &self.losses {
            words += &format!(" · D(x) {:.2} D(G(z)) {:.2}", m.d_real, m.d_fake);
            if let Some(augmented) = m.augmented {
                words += &format!(" · {:.0} % augmented", augmented * 100.0);
            }
        }
        let what = self.lane.map_or_else(|| "step".to_owned(), |lane| format!("{}: step", lane.name()));
        self.meter.show(&what, progress.step, progress.last_step, &words);
    }

    fn notice(&self, level: Level, text: &str) {
        match level {
            Level::Info | Level::Good => self.out.line(text),
            Level::Warning => self.out.note(&format!("warning: {text}")),
            Level::Error => self.out.note(&format!("error: {text}")),
        }
    }

    /// Prints only what is new: findings stay until they are withdrawn.
    fn coach(&mut self, findings: Vec<Finding>) {
        for finding in findings.iter().filter(|f| !self.findings.iter().any(|known| known.is_like(f))) {
            let (since, title) = (thousands(finding.since_step), finding.kind.title());
            let word = if finding.severity == Severity::Alarm { "alarm" } else { "warning" };
            let text = format!("{word}: {title} (since step {since}). {}", finding.text);
            self.out.note(&text);
            self.out.note(&format!("  What may help: {}", finding.suggestion.words()));
        }
        if findings.is_empty() && !self.findings.is_empty() {
            self.out.line("Training looks healthy again.");
        }
        self.findings = findings;
    }

    /// The most telling numbers; `--json` and `quality.jsonl` have all of them.
    fn quality(&mut self, QualityPoint { step, quality, seconds }: &QualityPoint) {
        let (m, real) = (&quality.measures, &quality.floor);
        let mut line = format!(
            "step {}: KID {:.1} (real pictures {:.1}), SWD {:.1} ({:.1}), coverage {:.2} ({:.2}), diversity {:.2}",
            thousands(*step),
            m.kid,
            real.kid,
            m.swd,
            real.swd,
            m.coverage,
            real.coverage,
            m.diversity,
        );
        if let Some(ratio) = quality.memorisation {
            line += &format!(", memorisation {ratio:.2}");
        }
        self.out.line(&format!("{line}; measured in {seconds:.1} s"));
        if !std::mem::replace(&mut self.noted, true) {
            self.out.line(&format!("  KID and coverage are {RELATIVE_ONLY}."));
            quality.notes.iter().for_each(|note| self.out.line(&format!("  Note: {note}.")));
        }
    }

    /// What follows is about this run of a race. The end, once that is over.
    fn turn_of(&mut self, lane: Option<Lane>) -> Option<Result<Exit, Failure>> {
        let Some(lane) = lane else {
            self.out = self.out.about(None);
            // The worse of the two; a failure before either began is told by itself.
            let worst = std::mem::take(&mut self.results).into_iter().max_by_key(|result| match result {
                Ok(exit) => *exit as u8,
                Err(failure) => failure.exit as u8,
            });
            return worst.map(|result| {
                result.map_err(|failure| Failure { text: "a run of the race failed".into(), ..failure })
            });
        };
        if self.lane.is_some_and(|before| before != lane) {
            std::mem::swap(&mut self.info, &mut self.other.info);
            std::mem::swap(&mut self.told, &mut self.other.told);
            std::mem::swap(&mut self.losses, &mut self.other.losses);
            std::mem::swap(&mut self.findings, &mut self.other.findings);
            std::mem::swap(&mut self.best, &mut self.other.best);
            std::mem::swap(&mut self.noted, &mut self.other.noted);
        }
        self.lane = Some(lane);
        self.out = self.out.about(Some(lane));
        None
    }

    /// The folders of the runs of a race that have begun, the first one first.
    pub(super) fn racers(&self) -> Vec<PathBuf> {
        let mut both = [self.info.as_ref(), self.other.info.as_ref()];
        if self.lane == Some(Lane::B) {
            both.reverse();
        }
        both.into_iter().flatten().map(|info| info.path.clone()).collect()
    }

    /// Names the training whose turn has come.
    fn turn(&mut self, list: &QueueList) {
        let turn = list.entries.iter().enumerate().find(|(_, entry)| list.running() == Some(*entry));
        let Some((place, entry)) = turn.filter(|(_, entry)| self.entry != Some(entry.id)) else { return };
        self.entry = Some(entry.id);
        self.out.line(&format!("Queue       {} of {}: {}", place + 1, list.entries.len(), entry.name));
        if let Some(text) = entry.endless() {
            self.notice(Level::Warning, text);
        }
    }

    /// A training of the queue is over; others may follow.
    fn ended_in_queue(&mut self, end: RunEnd) {
        if let Err(failure) = self.ended(end) {
            self.out.note(&format!("error: {}", failure.text));
        }
        (self.info, self.losses, self.data_failure, self.best) = (None, None, None, None);
        self.findings.clear();
        (self.noted, self.paused, self.saving_last) = (false, None, false);
    }

    fn queue_ended(&self, end: &QueueEnd) -> Result<Exit, Failure> {
        match end {
            QueueEnd::Refused(why) => return Err(Failure::new(Exit::Run, why)),
            QueueEnd::Through { failed: 0, .. } => self.out.line(&end.sentence()),
            QueueEnd::Through { .. } => return Err(Failure::new(Exit::Other, end.sentence())),
            QueueEnd::Paused => {
                self.out.line("The queue waits: `purrtrait queue run` goes on with it.");
                return Ok(Exit::Interrupted);
            }
        }
        Ok(Exit::Ok)
    }

    fn ended(&self, end: RunEnd) -> Result<Exit, Failure> {
        match end {
            RunEnd::Finished { step } => {
                self.out.line(&format!("Finished after step {}.", thousands(step)));
                self.what_next();
                Ok(Exit::Ok)
            }
            RunEnd::Stopped { step } => {
                self.out.line(&format!("Stopped after step {}.", thousands(step)));
                self.what_next();
                // Only a signal or a closed pipe asks for this.
                Ok(Exit::Interrupted)
            }
            RunEnd::Copying { step } => {
                let step = thousands(step);
                self.out.line(&format!("Stopped after step {step}: most pictures had become copies. All is saved."));
                self.what_next();
                Ok(Exit::Ok)
            }
            RunEnd::Diverged { text, .. } => Err(Failure::new(Exit::Diverged, text)),
            RunEnd::Failed { cause, text } => Err(Failure::new(cause.into(), text)),
        }
    }

    /// The commands that most people want next.
    fn what_next(&self) {
        let Some(info) = &self.info else { return };
        let run = quoted(&info.path);
        self.out.line(&format!("  more training:  purrtrait resume {run}"));
        self.out.line(&format!("  new pictures:   purrtrait generate {run} --count 16 --out pictures"));
        if let Some(BestCheckpoint { step, kid }) = self.best {
            let what = format!("the best checkpoint, of step {}, KID {kid:.1}", thousands(step));
            self.out
                .line(&format!("  its best ones:  purrtrait generate {run}@best --count 16 --out best    ({what})"));
        }
    }
}

/// The pictures in one line; `dataset check` says more.
fn dataset_line(report: &DatasetReport) -> String {
    let mut text = format!("{}: {} ready", report.name, plural(report.usable, "picture", "pictures"));
    if report.from_cache {
        text += " (prepared earlier)";
    }
    if !report.skipped.is_empty() {
        text += &format!("; {} left out", plural(report.skipped.len(), "entry", "entries"));
        if let Some(folder) = &report.folder {
            text += &format!(" (`purrtrait dataset check {}` lists why)", quoted(folder));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What paused by itself is tried again after a while; what waits for the plug goes on by itself.
    #[test]
    fn a_run_that_waits_for_the_plug_is_left_alone() {
        let out = Output::new(true);
        let mut follower = Follower::new(&out);
        follower.event(Event::State(RunState::OnBattery));
        assert!(follower.paused.is_none());
        follower.event(Event::State(RunState::Paused));
        assert!(follower.paused.is_some());
    }
}
