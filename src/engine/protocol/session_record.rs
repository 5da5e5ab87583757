//! What a session writes into the folder of its run for whoever watches it: what is in none of the histories.

use super::event::{Event, RunEnd, RunInfo, RunState};
use crate::config::{DeviceInfo, RunConfig};
use crate::printable;
use crate::train::{Finding, FindingKind, Suggestion};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// More than any run has.
const MOST_PICTURES: usize = 1 << 30;

/// The content of `session.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SessionRecord {
    /// Tells one session from the next: nanoseconds since 1970, when it began.
    pub began: u64,
    /// The facts of [`RunInfo`], without the folder and the settings, which may be read where they are.
    device: DeviceInfo,
    pictures: usize,
    held_out: usize,
    unwatched: Vec<FindingKind>,
    steps_per_epoch: u64,
    generator_parameters: usize,
    discriminator_parameters: usize,
    first_step: u64,
    /// What it does.
    pub state: RunState,
    /// What the coach finds, worst first.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// Why the pictures are not measured, if they cannot be.
    #[serde(default)]
    pub not_measured: Option<String>,
    /// How it ended; none while it trains, or where its process was lost.
    #[serde(default)]
    pub end: Option<RunEnd>,
}

impl SessionRecord {
    fn of(info: &RunInfo) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            began: u64::try_from(since.as_nanos()).unwrap_or(u64::MAX),
            device: info.device.clone(),
            pictures: info.pictures,
            held_out: info.held_out,
            unwatched: info.unwatched.clone(),
            steps_per_epoch: info.steps_per_epoch,
            generator_parameters: info.generator_parameters,
            discriminator_parameters: info.discriminator_parameters,
            first_step: info.first_step,
            state: RunState::Preparing,
            findings: Vec::new(),
            not_measured: None,
            end: None,
        }
    }

    /// The same with texts that any screen shows as they are, and with numbers that can be reckoned with: a stranger
    /// may have written it.
    pub(crate) fn checked(mut self) -> Self {
        let line = |text: &mut String| *text = printable::line(text).into_owned();
        let DeviceInfo { id, name, api, kind, driver, .. } = &mut self.device;
        [id, name, api, kind, driver].into_iter().for_each(line);
        for finding in &mut self.findings {
            line(&mut finding.text);
            if let Suggestion::Advice(text) = &mut finding.suggestion {
                line(text);
            }
        }
        self.not_measured.iter_mut().for_each(line);
        if let Some(RunEnd::Diverged { text, .. } | RunEnd::Failed { text, .. }) = &mut self.end {
            line(text);
        }
        self.pictures = self.pictures.min(MOST_PICTURES);
        self.held_out = self.held_out.min(MOST_PICTURES);
        self.steps_per_epoch = self.steps_per_epoch.clamp(1, MOST_PICTURES as u64);
        self
    }

    /// The facts of the run in this folder, with these settings.
    pub(crate) fn info(&self, path: &Path, config: &RunConfig) -> RunInfo {
        RunInfo {
            path: path.to_path_buf(),
            config: config.clone(),
            device: self.device.clone(),
            pictures: self.pictures,
            held_out: self.held_out,
            unwatched: self.unwatched.clone(),
            steps_per_epoch: self.steps_per_epoch,
            generator_parameters: self.generator_parameters,
            discriminator_parameters: self.discriminator_parameters,
            first_step: self.first_step,
        }
    }
}

/// Listens to what a session tells, and knows what is to be written.
#[derive(Default)]
pub(crate) struct Recorder {
    folder: PathBuf,
    record: Option<SessionRecord>,
    changed: bool,
}

impl Recorder {
    /// Takes note of an event.
    pub(super) fn note(&mut self, event: &Event) {
        if let Event::RunStarted(info) = event {
            (self.folder, self.record, self.changed) = (info.path.clone(), Some(SessionRecord::of(info)), true);
        }
        let Some(record) = &mut self.record else { return };
        match event {
            Event::State(state) if record.end.is_none() => record.state = *state,
            Event::Findings(findings) => record.findings.clone_from(findings),
            Event::NotMeasured(why) => record.not_measured = Some(why.clone()),
            Event::RunEnded(end) => record.end = Some(end.clone()),
            _ => return,
        }
        self.changed = true;
    }

    /// The record and the folder that it belongs into, if it has changed since it was asked for.
    pub(super) fn changed(&mut self) -> Option<(&Path, &SessionRecord)> {
        let record = self.record.as_ref().filter(|_| std::mem::take(&mut self.changed))?;
        Some((&self.folder, record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Severity;

    #[test]
    fn what_a_session_tells_is_recorded_until_its_end_and_a_strangers_texts_are_made_safe() {
        let info = RunInfo {
            path: "run".into(),
            config: RunConfig::default(),
            device: DeviceInfo::processor(),
            pictures: usize::MAX,
            held_out: 2,
            unwatched: vec![FindingKind::Copying],
            steps_per_epoch: 0,
            generator_parameters: 4,
            discriminator_parameters: 5,
            first_step: 6,
        };
        let mut recorder = Recorder::default();
        recorder.note(&Event::State(RunState::Running));
        assert!(recorder.changed().is_none(), "nothing of a run yet");
        recorder.note(&Event::RunStarted(std::sync::Arc::new(info.clone())));
        recorder.note(&Event::State(RunState::Running));
        let finding = Finding {
            kind: FindingKind::Collapse,
            severity: Severity::Alarm,
            since_step: 3,
            text: "\u{1b}[2Jalike".into(),
            suggestion: Suggestion::Advice("wait\u{202e}".into()),
        };
        recorder.note(&Event::Findings(vec![finding]));
        let (folder, record) = recorder.changed().unwrap();
        assert_eq!((folder, record.state), (Path::new("run"), RunState::Running));
        let record = record.clone();
        assert!(recorder.changed().is_none(), "it is written once");
        let read: SessionRecord = serde_json::from_str(&serde_json::to_string(&record).unwrap()).unwrap();
        assert_eq!(read, record);
        let safe = read.checked();
        assert!(!safe.findings[0].text.contains('\u{1b}'), "{:?}", safe.findings);
        let known = safe.info(Path::new("run"), &RunConfig::default());
        assert_eq!(known, RunInfo { pictures: MOST_PICTURES, steps_per_epoch: 1, ..info });
        recorder.note(&Event::RunEnded(RunEnd::Stopped { step: 9 }));
        recorder.note(&Event::State(RunState::Idle));
        let (_, record) = recorder.changed().unwrap();
        assert_eq!((record.end.clone(), record.state), (Some(RunEnd::Stopped { step: 9 }), RunState::Running));
    }
}
