//! One run as far as the window has heard of it.

use super::Samples;
use crate::config::{LossKind, Tunables};
use crate::engine::{
    BestCheckpoint, Finding, FindingKind, Progress, QualityPoint, RunEnd, RunInfo, StepMetrics, TunablesChange,
    thin_readings,
};
use std::path::PathBuf;
use std::sync::Arc;

/// Readings kept. Past this the middle of the run is thinned out: a plot has fewer pixels anyway.
const READINGS: usize = 400_000;

/// The run on show, as its events describe it.
#[derive(Default)]
pub struct RunView {
    /// Tells one run from the next, for whatever is cached about it.
    pub serial: u64,
    pub info: Option<Arc<RunInfo>>,
    /// By rising step.
    pub metrics: Vec<StepMetrics>,
    /// Counts the times that `metrics` changed other than by growing at the end.
    pub rewrites: u64,
    pub marks: Vec<TunablesChange>,
    /// The settings in force, as the engine confirmed them.
    pub tunables: Tunables,
    pub progress: Option<Progress>,
    /// How good the pictures were, by rising step.
    pub quality: Vec<Arc<QualityPoint>>,
    /// The best checkpoint so far.
    pub best: Option<BestCheckpoint>,
    /// The step whose pictures are being measured.
    pub measuring: Option<u64>,
    /// Why its pictures are not measured, if they cannot be.
    pub not_measured: Option<String>,
    pub samples: Samples,
    pub saved: Option<(u64, PathBuf)>,
    pub end: Option<RunEnd>,
    /// The person has closed the message about it.
    pub end_seen: bool,
    /// What the guardian finds wrong now, worst first.
    pub findings: Vec<Finding>,
    /// Findings that the person has dismissed.
    pub dismissed: Vec<Finding>,
}

impl RunView {
    /// A run without any readings yet; `serial` tells runs apart.
    pub fn new(serial: u64) -> Self {
        Self { serial, ..Self::default() }
    }

    /// Adds readings at the end. A run that went back to an older checkpoint repeats steps: the newer reading wins.
    pub(crate) fn add_metrics(&mut self, new: Vec<StepMetrics>) {
        let Some(first) = new.first() else { return };
        let keep = self.metrics.partition_point(|m| m.step < first.step);
        if keep < self.metrics.len() {
            self.metrics.truncate(keep);
            self.rewrites += 1;
        }
        self.metrics.extend(new);
        if self.metrics.len() > READINGS {
            thin_readings(&mut self.metrics);
            self.rewrites += 1;
        }
    }

    pub(crate) fn add_mark(&mut self, mark: TunablesChange) {
        // A run that went back has lost the marks after it.
        self.marks.retain(|m| m.revision < mark.revision && m.step <= mark.step);
        self.tunables = mark.tunables.clone();
        if mark.rolled_back {
            self.quality.retain(|point| point.step < mark.step);
        }
        self.marks.push(mark);
    }

    /// Adds a measurement at the end; a repeated step replaces what came after it.
    pub(crate) fn add_quality(&mut self, point: Arc<QualityPoint>) {
        if self.measuring == Some(point.step) {
            self.measuring = None;
        }
        self.quality.retain(|known| known.step < point.step);
        self.quality.push(point);
    }

    /// Takes in what the guardian says. What was dismissed stays dismissed until it is over, or worse.
    pub(crate) fn set_findings(&mut self, findings: Vec<Finding>) {
        let same = |a: &Finding, b: &Finding| a.kind == b.kind && a.severity <= b.severity;
        self.dismissed.retain(|dismissed| findings.iter().any(|f| same(f, dismissed)));
        self.findings = findings;
    }

    /// The findings that are on show.
    pub(crate) fn open_findings(&self) -> impl Iterator<Item = &Finding> {
        let away = |f: &Finding| self.dismissed.iter().any(|d| d.kind == f.kind && f.severity <= d.severity);
        self.findings.iter().filter(move |f| !away(f))
    }

    /// The step where the run is now: smaller again after it went back.
    pub fn step(&self) -> u64 {
        let read = self.metrics.last().map_or(0, |m| m.step);
        let first = self.info.as_ref().map_or(0, |i| i.first_step);
        self.progress.map_or(read.max(first), |p| p.step)
    }

    /// The loss that the run trains with, once it has started.
    pub fn loss(&self) -> Option<LossKind> {
        self.info.as_ref().map(|i| i.config.model.loss)
    }

    /// What nobody watches for, each with what would change that.
    pub fn unwatched(&self) -> Vec<(FindingKind, String)> {
        let measured = self.tunables.measure_every > 0.0 && self.not_measured.is_none();
        self.info.as_ref().map_or(Vec::new(), |info| info.not_watched(measured, |[label, _]| format!("\"{label}\"")))
    }

    /// The learning rates `[generator's, discriminator's]` that this step ran under, where they differ from the
    /// settings of that time: they decay towards the end of a run.
    pub(crate) fn decayed_rates(&self, m: &StepMetrics) -> Option<[f64; 2]> {
        let mark = self.marks.iter().rev().find(|mark| mark.revision <= m.revision).map(|mark| &mark.tunables);
        let set = mark.or(self.info.as_ref().map(|info| &info.config.tunables))?;
        let differ = |now: f64, set: f64| (now - set).abs() > 1e-3 * set;
        (differ(m.lr_g, set.lr_g) || differ(m.lr_d, set.lr_d)).then_some([m.lr_g, m.lr_d])
    }

    /// How far the run is, from 0 to 1; none without a limit.
    pub(crate) fn fraction(&self) -> Option<f32> {
        let progress = self.progress?;
        let last = progress.last_step.filter(|&n| n > 0)?;
        Some((progress.step as f64 / last as f64).clamp(0.0, 1.0) as f32)
    }
}
