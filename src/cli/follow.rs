//! Starts a training or takes one up, and follows its events to the end: the window's part, in words.

use super::args::{ResumeArgs, TrainArgs};
use super::events;
use super::exit::{Exit, Failure};
use super::output::{Meter, Output};
use super::text::{duration, plural, quoted, rate, thousands};
use crate::config::{PRESETS, RunConfig};
use crate::engine::{
    self, Command, DatasetReport, EngineHandle, Event, Finding, Level, Progress, QualityPoint, RELATIVE_ONLY,
    ResumeOptions, RunEnd, RunInfo, RunState, Severity, StepMetrics, Waited,
};
use crate::interrupt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub fn train(args: TrainArgs, out: &Output) -> Result<Exit, Failure> {
    let (config, folder) = args.config()?;
    start(config, folder, out)
}

/// The first recipe on the demo cats, in a fresh run folder, until Ctrl+C.
pub fn train_demo(out: &Output) -> Result<Exit, Failure> {
    start(PRESETS[0].config(), None, out)
}

pub fn resume(args: ResumeArgs, out: &Output) -> Result<Exit, Failure> {
    let ResumeArgs { run, steps, epochs, device, pictures, accept_other_pictures } = args;
    let limits =
        ResumeOptions { max_steps: steps, max_epochs: epochs, device, pictures, other_pictures: accept_other_pictures };
    follow(Command::Resume { run, limits }, out).map_err(|failure| match failure.exit {
        Exit::Data => Failure::new(Exit::Data, format!("{} {MOVED}", failure.text)),
        _ => failure,
    })
}

fn start(config: RunConfig, folder: Option<PathBuf>, out: &Output) -> Result<Exit, Failure> {
    follow(Command::Start { config: Box::new(config), out: folder }, out)
}

/// What to do about pictures of a run that are not where they were.
const MOVED: &str = "If they were moved, name the folder where they are now (`resume RUN --pictures FOLDER`); with \
                     `--accept-other-pictures` the run goes on with others.";
/// How often to look for Ctrl+C while nothing happens.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long to wait before a run that paused itself (a full disk, a drive that is gone) is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(60);

fn follow(command: Command, out: &Output) -> Result<Exit, Failure> {
    // Nothing to wake: this thread waits for the events.
    let mut engine = engine::start(Arc::new(|| {}));
    let mut follower = Follower::new(out);
    // The remembered settings say where new runs go.
    let sent = engine.send(Command::LoadSettings) && engine.send(command);
    let result = if sent { drive(&mut engine, &mut follower) } else { Err(died()) };
    drop(follower);
    engine.shutdown();
    result
}

fn drive(engine: &mut EngineHandle, follower: &mut Follower) -> Result<Exit, Failure> {
    loop {
        // A reader that has gone away (`| head`) ends a training as Ctrl+C does: saved.
        if !follower.stopping && (interrupt::asked() || follower.out.closed()) && engine.send(Command::Stop) {
            follower.stopping = true;
        }
        if let Some(since) = follower.paused {
            // Only trouble with the run folder pauses a run here, and a notice has told what it was.
            if let Some(run) = follower.info.as_ref().map(|info| &info.path).filter(|run| is_gone(run)) {
                return Err(Failure::new(Exit::Run, gone(run)));
            }
            if follower.saving_last {
                let text = "the newest steps could not be saved; the run goes on from its last checkpoint when resumed";
                return Err(Failure::new(Exit::Run, text));
            }
            if since.elapsed() >= RETRY_AFTER && engine.send(Command::Continue) {
                follower.paused = None;
            }
        }
        match engine.wait(LOOK_EVERY) {
            Waited::Timeout => {}
            Waited::Ended => return Err(died()),
            Waited::Event(event) => {
                if let Some(result) = follower.event(*event) {
                    return result;
                }
            }
        }
    }
}

/// The folder was deleted or moved. Where the one around it is gone too, a drive was disconnected and may come back.
fn is_gone(run: &Path) -> bool {
    let around = std::path::absolute(run).ok().and_then(|run| run.parent().map(Path::to_path_buf));
    !run.join("run.toml").is_file() && around.is_some_and(|around| around.is_dir())
}

fn gone(run: &Path) -> String {
    format!(
        "{}: the run folder was deleted or moved while it trained, so nothing more can be saved: what was learned since the \
         last checkpoint is lost. If the folder is elsewhere now, `purrtrait resume` goes on from its last checkpoint; if \
         it was deleted, the run is lost",
        run.display()
    )
}

fn died() -> Failure {
    Failure::new(
        Exit::Other,
        "the training thread ended unexpectedly; `purrtrait resume RUN` goes on from the last save",
    )
}

/// Turns events into lines, JSON and an end.
struct Follower<'a> {
    out: &'a Output,
    meter: Meter<'a>,
    info: Option<Arc<RunInfo>>,
    told: events::Told,
    losses: Option<StepMetrics>,
    data_failure: Option<String>,
    /// What the guardian said last.
    findings: Vec<Finding>,
    /// What to know about the measurements was said.
    noted: bool,
    /// Since when the run has been paused.
    paused: Option<Instant>,
    /// Ctrl+C was passed on.
    stopping: bool,
    /// The engine is saving for the last time: a pause after this says that it failed.
    saving_last: bool,
}

impl<'a> Follower<'a> {
    fn new(out: &'a Output) -> Self {
        Self {
            out,
            meter: Meter::new(out, ""),
            info: None,
            told: events::Told::default(),
            losses: None,
            data_failure: None,
            findings: Vec::new(),
            noted: false,
            paused: None,
            stopping: false,
            saving_last: false,
        }
    }

    /// `Some` when the training is over.
    fn event(&mut self, event: Event) -> Option<Result<Exit, Failure>> {
        self.told.note(&event);
        for line in events::lines(&event, &self.told) {
            self.out.json(&line);
        }
        match event {
            Event::DataProgress(p) => self.meter.show(p.done as u64, Some(p.total as u64), "pictures prepared"),
            Event::DataReady(report) => {
                self.out.line(&dataset_line(&report));
                report.notices.iter().for_each(|notice| self.notice(Level::Warning, notice));
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
            Event::Saved { step, path } => {
                self.out.line(&format!("step {}: saved {}", thousands(step), path.display()));
            }
            Event::Notice { level, text } => self.notice(level, &text),
            Event::State(RunState::Stopping) => (self.saving_last, self.paused) = (true, None),
            Event::State(RunState::Paused) => {
                self.paused = Some(Instant::now());
                if !self.stopping {
                    self.out.note(&format!("Trying again in {}.", duration(RETRY_AFTER.as_secs_f64())));
                }
            }
            Event::State(RunState::Idle) if self.info.is_none() => {
                let text = self.data_failure.take()?;
                return Some(Err(Failure::new(Exit::Data, text)));
            }
            Event::RunEnded(end) => return Some(self.ended(end)),
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
        for (kind, why) in info.not_watched(config.tunables.measure_every > 0.0) {
            self.out.line(&format!("Not watched {}: {why}", kind.noun()));
        }
        if info.first_step > 0 {
            self.out.line(&format!("Goes on after step {}", thousands(info.first_step)));
        }
        self.info = Some(info);
    }

    fn progress(&mut self, progress: &Progress) {
        // The most wanted first: a narrow terminal cuts off the end.
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
        self.meter.show_named("step", progress.step, progress.last_step, &words);
    }

    fn notice(&self, level: Level, text: &str) {
        match level {
            Level::Info | Level::Good => self.out.line(text),
            Level::Warning => self.out.note(&format!("warning: {text}")),
            Level::Error => self.out.note(&format!("error: {text}")),
        }
    }

    /// Only what is new: findings stay until they are taken back.
    fn coach(&mut self, findings: Vec<Finding>) {
        for finding in findings.iter().filter(|f| !self.findings.iter().any(|known| known.is_like(f))) {
            let (since, title) = (thousands(finding.since_step), finding.kind.title());
            let word = if finding.severity == Severity::Alarm { "alarm" } else { "warning" };
            let text = format!("{word}: {title} (since step {since}). {}", finding.text);
            self.out.note(&text);
            self.out.note(&format!("  What may help: {}", finding.suggestion.words()));
        }
        if findings.is_empty() && !self.findings.is_empty() {
            self.out.line("The training looks healthy again.");
        }
        self.findings = findings;
    }

    /// The few numbers that tell most; `--json` and `quality.jsonl` have all of them.
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
                // Nobody else could have asked.
                Ok(Exit::Interrupted)
            }
            RunEnd::Diverged { text, .. } => Err(Failure::new(Exit::Diverged, text)),
            RunEnd::Failed { cause, text } => Err(Failure::new(cause.into(), text)),
        }
    }

    /// The two commands that most people want next.
    fn what_next(&self) {
        let Some(info) = &self.info else { return };
        let run = quoted(&info.path);
        self.out.line(&format!("  more training:  purrtrait resume {run}"));
        self.out.line(&format!("  new pictures:   purrtrait generate {run} --count 16 --out pictures"));
    }
}

/// What was found in one or two lines; `dataset check` tells the rest.
fn dataset_line(report: &DatasetReport) -> String {
    let mut text = format!("{}: {} ready", report.name, plural(report.usable, "picture", "pictures"));
    if report.from_cache {
        text += " (prepared earlier)";
    }
    if !report.skipped.is_empty() {
        text += &format!("; {} left out", plural(report.skipped.len(), "entry", "entries"));
        if let Some(folder) = &report.folder {
            text += &format!(", `purrtrait dataset check {}` says why", quoted(folder));
        }
    }
    text
}
