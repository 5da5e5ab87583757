//! What a front end has not heard yet of the histories in a run folder, which another process writes, or another
//! machine sends. What happened while nobody could tell is in there as well.

use crate::engine::protocol::event::{Event, QualityPoint, StepMetrics, TunablesChange};
use crate::train::{Outgoing, RunDir, RunFile};
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;

/// The most bytes of a history that are told at once; histories are thinned out long before.
const MOST: u64 = 1 << 30;

/// How far the histories were told.
#[derive(Default)]
pub(in crate::engine::run) struct Retell {
    /// Which file each was, as far as the system tells, and how many bytes of it were read.
    read: HashMap<RunFile, (u64, u64)>,
    /// The last step whose losses were told.
    metrics: u64,
    /// The last change of the settings that was told.
    revision: u64,
    /// The last step whose quality was told.
    quality: u64,
    /// The newest rollback: the step that the run went back to, and the number of that change.
    back: Option<(u64, u64)>,
}

impl Retell {
    /// The history was replaced by another one: of that, what is new is told.
    pub(in crate::engine::run) fn replaced(&mut self, file: RunFile) {
        self.read.remove(&file);
    }

    /// What is new in a history. A run that went back repeats the steps from there on.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(in crate::engine::run) fn news(&mut self, dir: &RunDir, file: RunFile) -> io::Result<Vec<Event>> {
        Ok(match file {
            RunFile::Metrics => {
                let mut lines: Vec<StepMetrics> = self.lines(dir, file)?;
                // The mark of a rollback may be seen before the steps that it undoes are gone from the file.
                let undone = |m: &StepMetrics| self.back.is_some_and(|(to, by)| m.step > to && m.revision < by);
                lines.retain(|m| m.step > self.metrics && !undone(m));
                self.metrics = lines.iter().map(|m| m.step).max().unwrap_or(self.metrics);
                if lines.is_empty() { Vec::new() } else { vec![Event::Metrics(lines)] }
            }
            RunFile::Marks => {
                let mut lines: Vec<TunablesChange> = self.lines(dir, file)?;
                lines.retain(|mark| mark.revision > self.revision);
                for mark in &lines {
                    self.revision = self.revision.max(mark.revision);
                    if mark.rolled_back {
                        let before = mark.step.saturating_sub(1);
                        (self.metrics, self.quality) = (self.metrics.min(before), self.quality.min(before));
                        self.back = Some((before, mark.revision));
                        // Steps after it may have been read already, and taken for those that were told.
                        self.read.remove(&RunFile::Metrics);
                    }
                }
                lines.into_iter().map(Event::TunablesApplied).collect()
            }
            RunFile::Quality => {
                let mut lines: Vec<QualityPoint> = self.lines(dir, file)?;
                lines.retain(|point| point.step > self.quality);
                self.quality = lines.iter().map(|point| point.step).max().unwrap_or(self.quality);
                lines.into_iter().map(|point| Event::Quality(Arc::new(point))).collect()
            }
            _ => Vec::new(),
        })
    }

    /// The whole lines that were not read yet. What is no line of this history is left out.
    fn lines<T: DeserializeOwned>(&mut self, dir: &RunDir, file: RunFile) -> io::Result<Vec<T>> {
        let mut history = match Outgoing::open(dir, file, 0) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            opened => opened?,
        };
        let (which, read) = self.read.entry(file).or_default();
        if std::mem::replace(which, history.identity()) != history.identity() || history.total() < *read {
            // It was cut back or thinned out: another file has its name.
            *read = 0;
        }
        let bytes = history.rest(*read, MOST)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        *read += whole as u64;
        Ok(bytes[..whole].split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{RunConfig, Tunables};
    use std::fs;

    fn metrics(steps: std::ops::RangeInclusive<u64>, revision: u64) -> String {
        let line = |step| {
            format!(
                "{{\"step\":{step},\"epoch\":0.5,\"loss_d\":1.0,\"loss_g\":1.0,\"d_real\":0.5,\"d_fake\":0.5,\
                 \"lr_g\":1e-4,\"lr_d\":1e-4,\"revision\":{revision},\"seconds\":1.0}}\n"
            )
        };
        steps.map(line).collect()
    }

    fn told(events: Vec<Event>) -> Vec<u64> {
        let steps = |event| match event {
            Event::Metrics(lines) => lines.iter().map(|m| m.step).collect(),
            Event::TunablesApplied(mark) => vec![1000 + mark.step],
            other => panic!("{other:?}"),
        };
        events.into_iter().flat_map(steps).collect()
    }

    #[test]
    fn each_step_is_told_once_and_again_after_a_rollback() {
        let temp = tempfile::tempdir().unwrap();
        let dir = RunDir::create(&temp.path().join("run"), &RunConfig::default()).unwrap();
        let path = dir.place_of(RunFile::Metrics);
        let mut retell = Retell::default();
        assert!(retell.news(&dir, RunFile::Metrics).unwrap().is_empty());
        fs::write(&path, metrics(1..=3, 0) + "{\"step\":4,").unwrap();
        assert_eq!(told(retell.news(&dir, RunFile::Metrics).unwrap()), [1, 2, 3]);
        fs::write(&path, metrics(1..=5, 0)).unwrap();
        assert_eq!(told(retell.news(&dir, RunFile::Metrics).unwrap()), [4, 5]);
        // Thinned out: nothing is told twice.
        fs::write(&path, metrics(3..=6, 0)).unwrap();
        retell.replaced(RunFile::Metrics);
        assert_eq!(told(retell.news(&dir, RunFile::Metrics).unwrap()), [6]);
        let mark = TunablesChange {
            step: 3,
            revision: 1,
            text: "back".into(),
            tunables: Tunables::default(),
            rolled_back: true,
        };
        dir.append_mark(&mark).unwrap();
        assert_eq!(told(retell.news(&dir, RunFile::Marks).unwrap()), [1003]);
        assert!(retell.news(&dir, RunFile::Marks).unwrap().is_empty());
        // The steps that it undoes are still there.
        assert!(retell.news(&dir, RunFile::Metrics).unwrap().is_empty());
        fs::write(&path, metrics(1..=2, 0) + &metrics(3..=4, 1)).unwrap();
        retell.replaced(RunFile::Metrics);
        assert_eq!(told(retell.news(&dir, RunFile::Metrics).unwrap()), [3, 4]);
        assert!(retell.news(&dir, RunFile::Metrics).unwrap().is_empty());
    }
}
