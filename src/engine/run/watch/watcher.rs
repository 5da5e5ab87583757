//! Reads what is new in the folder of a run that another process trains.

use super::pace::Pace;
use super::silence::Silence;
use crate::config::{DeviceInfo, RunConfig};
use crate::engine::protocol::event::{
    BestCheckpoint, Cause, Event, Level, RunEnd, RunInfo, RunState, StepMetrics, TunablesChange,
};
use crate::engine::protocol::session_record::SessionRecord;
use crate::engine::run::active_run::sheets::{new_sheet, saved_sheet};
use crate::engine::run::retell::Retell;
use crate::printable::thousands;
use crate::train::{FileVersion, HISTORIES, Holder, RunDir, RunDirError, RunFile};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// So often in a row the folder must be missing, or held by nobody, before that counts: a network drive may be away for
/// a moment, and a run that ends lets go of its folder last.
const LOOKS: u32 = 3;

pub(super) struct Watcher {
    dir: RunDir,
    config: RunConfig,
    retell: Retell,
    /// What the session that trains says of itself.
    record: Option<SessionRecord>,
    /// The run, once it has begun.
    info: Option<Arc<RunInfo>>,
    sheets: BTreeMap<u64, FileVersion>,
    /// The manifests of the checkpoints.
    checkpoints: BTreeMap<u64, FileVersion>,
    best: Option<BestCheckpoint>,
    pace: Pace,
    d_steps: u32,
    state: Option<RunState>,
    /// Looks in a row in which no session had written anything of itself.
    silent: u32,
    /// Looks in a row in which the folder was gone, nobody held it, or it was held after the end of the run.
    gone: u32,
    free: u32,
    held: u32,
    silence: Silence,
    /// What could not be read, as it was told last.
    trouble: String,
}

impl Watcher {
    /// Reads the settings of the run.
    ///
    /// # Errors
    /// No run there, or one that cannot be read.
    pub(super) fn open(root: PathBuf) -> Result<Self, RunDirError> {
        let (dir, config) = RunDir::inspect(&root)?;
        let d_steps = config.tunables.d_steps;
        Ok(Self {
            dir,
            config,
            retell: Retell::default(),
            record: None,
            info: None,
            sheets: BTreeMap::new(),
            checkpoints: BTreeMap::new(),
            best: None,
            pace: Pace::default(),
            d_steps,
            state: None,
            silent: 0,
            gone: 0,
            free: 0,
            held: 0,
            silence: Silence::new(),
            trouble: String::new(),
        })
    }

    /// Who trains in the folder.
    pub(super) fn holder(&self) -> Holder {
        self.dir.holder()
    }

    /// What is new since the last look. `holder` was found before; [`Event::RunEnded`] is the last event of all.
    pub(super) fn look(&mut self, holder: Holder) -> Vec<Event> {
        if !self.dir.place_of(RunFile::Settings).is_file() {
            self.gone += 1;
            return if self.gone < LOOKS { Vec::new() } else { vec![self.vanished()] };
        }
        self.gone = 0;
        let mut events = Vec::new();
        let read = self.dir.read_session().map(|record| record.map(SessionRecord::checked));
        let record = read.unwrap_or_else(|e| {
            self.report(&e.to_string(), &mut events);
            self.record.clone()
        });
        let another = |now: &SessionRecord| self.record.as_ref().is_none_or(|before| before.began != now.began);
        self.silent = if record.is_none() { self.silent + 1 } else { 0 };
        let older = self.silent >= LOOKS && self.info.is_none() && self.dir.was_trained();
        if record.as_ref().is_some_and(another) || older {
            self.record = record;
            self.begin(&mut events);
        } else if self.info.is_some() {
            self.news(&mut events);
            self.changes(record, &mut events);
        }
        if !events.is_empty() {
            self.silence.broken();
        }
        self.standing(holder, &mut events);
        events
    }

    /// A session has begun: all that the folder holds of the run is told. Its history may have been cut back to the
    /// checkpoint that it resumes from.
    fn begin(&mut self, events: &mut Vec<Event>) {
        match RunDir::inspect(self.dir.root()) {
            Ok((_, config)) => self.config = config,
            Err(e) => self.report(&e.to_string(), events),
        }
        self.silence.begin();
        (self.retell, self.pace, self.state) = (Retell::default(), Pace::default(), None);
        self.d_steps = self.config.tunables.d_steps;
        let info = match &self.record {
            Some(record) => record.info(self.dir.root(), &self.config),
            None => self.guessed(),
        };
        let info = Arc::new(info);
        self.info = Some(info.clone());
        events.push(Event::RunStarted(info));
        self.histories(events);
        self.best = BestCheckpoint::of(&self.dir);
        events.extend(self.best.map(|best| Event::Best(Some(best))));
        self.sheets = self.versions(&self.dir.sample_steps(), RunFile::Sample);
        let steps: Vec<u64> = self.sheets.keys().copied().collect();
        if let Some((newest, sheet)) = steps.last().and_then(|step| Some((*step, self.dir.load_sample(*step).ok()?))) {
            events.extend([Event::SampleSteps(steps), saved_sheet(newest, sheet, &self.config)]);
        }
        self.checkpoints.clear();
        let saved = self.saved();
        events.extend(saved.into_iter().next_back());
        if let Some(record) = &self.record {
            events.extend(record.not_measured.clone().map(Event::NotMeasured));
            if !record.findings.is_empty() {
                events.push(Event::Findings(record.findings.clone()));
            }
        }
    }

    /// Facts of a run whose session has not written them: one of an older version.
    fn guessed(&self) -> RunInfo {
        let all = self.dir.read_pictures().ok().flatten().map_or(0, |pictures| pictures.digests.len());
        let held_out = self.dir.read_held_out().ok().flatten().map_or(0, |held| held.len());
        let pictures = all.saturating_sub(held_out);
        let unknown = || "not known".to_owned();
        let device = self.config.device.to_string();
        RunInfo {
            path: self.dir.root().to_path_buf(),
            config: self.config.clone(),
            device: DeviceInfo {
                id: device.clone(),
                name: device,
                api: unknown(),
                kind: "other".to_owned(),
                software: false,
                driver: String::new(),
                preferred: false,
                memory: None,
            },
            pictures,
            held_out,
            unwatched: Vec::new(),
            steps_per_epoch: (pictures as u64).div_ceil(u64::from(self.config.batch.max(1))).max(1),
            generator_parameters: 0,
            discriminator_parameters: 0,
            first_step: 0,
        }
    }

    /// What was added to the files since the last look.
    fn news(&mut self, events: &mut Vec<Event>) {
        self.histories(events);
        let now = self.versions(&self.dir.sample_steps(), RunFile::Sample);
        let before = std::mem::take(&mut self.sheets);
        let gone: Vec<u64> = before.keys().filter(|step| !now.contains_key(step)).copied().collect();
        if !gone.is_empty() {
            events.push(Event::SamplesGone(gone));
        }
        for (step, version) in now {
            if before.get(&step) != Some(&version) {
                match self.dir.load_sample(step) {
                    Ok(sheet) => events.push(new_sheet(step, sheet, &self.config)),
                    // A copy that is still being written is another version at the next look.
                    Err(e) => log::debug!("{e}"),
                }
            }
            self.sheets.insert(step, version);
        }
        let saved = self.saved();
        if !saved.is_empty() || events.iter().any(|event| matches!(event, Event::Quality(_))) {
            let best = BestCheckpoint::of(&self.dir);
            if std::mem::replace(&mut self.best, best) != best {
                events.push(Event::Best(best));
            }
        }
        events.extend(saved);
    }

    /// What is new in the histories, and how far the run is.
    fn histories(&mut self, events: &mut Vec<Event>) {
        let before = events.len();
        for file in HISTORIES {
            match self.retell.news(&self.dir, file) {
                Ok(news) => events.extend(news),
                Err(e) => self.report(&format!("{}: {e}", self.dir.place_of(file).display()), events),
            }
        }
        let (mut readings, mut marks): (Vec<StepMetrics>, Option<TunablesChange>) = (Vec::new(), None);
        for event in &events[before..] {
            match event {
                Event::Metrics(new) => readings.extend(new),
                Event::TunablesApplied(mark) => marks = Some(mark.clone()),
                _ => {}
            }
        }
        self.d_steps = marks.map_or(self.d_steps, |mark| mark.tunables.d_steps);
        if !readings.is_empty() {
            self.pace.add(&readings);
            let progress = self.info.as_ref().and_then(|info| self.pace.progress(info, self.d_steps));
            events.extend(progress.map(Event::Progress));
        }
    }

    /// Checkpoints that are new or were saved anew.
    fn saved(&mut self) -> Vec<Event> {
        let there = self.dir.checkpoint_steps();
        let steps: Vec<u64> = there.iter().map(|(step, _)| *step).collect();
        let now = self.versions(&steps, RunFile::Manifest);
        let before = std::mem::replace(&mut self.checkpoints, now);
        let is_new = |step: &u64| self.checkpoints.get(step).is_some_and(|version| before.get(step) != Some(version));
        let new = there.into_iter().filter(|(step, _)| is_new(step));
        new.map(|(step, path)| Event::Saved { step, path }).collect()
    }

    fn versions(&self, steps: &[u64], file: fn(u64) -> RunFile) -> BTreeMap<u64, FileVersion> {
        let version = |step: &u64| Some((*step, self.dir.version(file(*step))?));
        steps.iter().filter_map(version).collect()
    }

    /// What the session says of itself now.
    fn changes(&mut self, record: Option<SessionRecord>, events: &mut Vec<Event>) {
        if let (Some(now), Some(before)) = (&record, &self.record) {
            if now.findings != before.findings {
                events.push(Event::Findings(now.findings.clone()));
            }
            if now.not_measured != before.not_measured {
                events.extend(now.not_measured.clone().map(Event::NotMeasured));
            }
        }
        self.record = record.or(self.record.take());
    }

    /// What the run does, whether it has ended, and whether anything is heard of it.
    fn standing(&mut self, holder: Holder, events: &mut Vec<Event>) {
        self.free = if holder == Holder::Free { self.free + 1 } else { 0 };
        let end = self.record.as_ref().and_then(|record| record.end.clone());
        if holder == Holder::Free {
            if let Some(end) = end {
                return events.push(Event::RunEnded(end));
            }
            if self.free >= LOOKS {
                return events.push(self.lost());
            }
        }
        let state = match &self.record {
            // Somebody has taken the folder, to resume the run.
            Some(record) if record.end.is_some() => RunState::Preparing,
            Some(record) => record.state,
            None if self.info.is_some() => RunState::Running,
            None => RunState::Preparing,
        };
        // A run that has just ended lets go of its folder in a moment.
        self.held = if end.is_some() { self.held + 1 } else { 0 };
        let settled = end.is_none() || self.held >= LOOKS;
        if settled && self.state.replace(state) != Some(state) {
            if state == RunState::Preparing {
                events.push(Event::Preparing("Waiting for the first step of the run".to_owned()));
            }
            events.push(Event::State(state));
        }
        // One that is paused writes nothing.
        if holder == Holder::Unseen && matches!(state, RunState::Running | RunState::Stopping) {
            events.extend(self.silence.notice().map(|text| Event::Notice { level: Level::Warning, text }));
        }
    }

    /// The process is gone, or there never was one, and no session has written how it ended.
    fn lost(&self) -> Event {
        let saved = match self.checkpoints.keys().next_back() {
            Some(step) => format!("Its newest checkpoint is that of step {}", thousands(*step)),
            None => "It has no checkpoint".to_owned(),
        };
        let what = match &self.record {
            Some(_) => "The process that trained this run is gone without a word: it was killed, or it crashed",
            None => "No process trains this run now, and its folder does not say how it ended",
        };
        Event::RunEnded(RunEnd::Failed { cause: Cause::Other, text: format!("{what}. {saved}.") })
    }

    fn vanished(&self) -> Event {
        let text = format!(
            "{}: the run folder was deleted, moved or disconnected while it was watched. What was seen of it stays on \
             show",
            self.dir.root().display()
        );
        Event::RunEnded(RunEnd::Failed { cause: Cause::Run, text })
    }

    /// Says that something cannot be read; the same is not said again and again.
    fn report(&mut self, text: &str, events: &mut Vec<Event>) {
        if self.trouble != text && self.dir.place_of(RunFile::Settings).is_file() {
            self.trouble = text.to_owned();
            events.push(Event::Notice { level: Level::Warning, text: text.to_owned() });
        }
    }
}
