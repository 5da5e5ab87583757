//! What a session reads from disk for the front end: its settings, the list of runs, and old sample sheets.

use super::runs::list_runs;
use super::task::Task;
use super::writing::Writing;
use crate::config::{AppSettings, Manners};
use crate::engine::app_dirs::AppDirs;
use crate::engine::jobs::compare::compare;
use crate::engine::jobs::story::story;
use crate::engine::protocol::comparison::RunComparison;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::event::{Event, Level, RunInfo, RunSummary};
use crate::engine::protocol::outbox::Outbox;
use crate::engine::run::active_run::sheets::saved_sheet;
use crate::engine::runs::{bin_run, describe_run};
use crate::engine::start_model::start_info;
use crate::formats::free_path;
use crate::interrupt::JobControl;
use crate::train::{AboutRun, RunDir};
use std::path::{Path, PathBuf};

/// The program's folders and the settings that are remembered there.
pub(crate) struct Library {
    dirs: AppDirs,
    settings: AppSettings,
    story: Writing,
    comparing: Option<Task<Result<RunComparison, EngineError>>>,
}

impl Library {
    pub(super) fn new(dirs: AppDirs) -> Self {
        Self { dirs, settings: AppSettings::default(), story: Writing::of("The story"), comparing: None }
    }

    /// How trainings treat the computer.
    pub(super) fn manners(&self) -> Manners {
        self.settings.manners
    }

    /// The folder for new runs.
    pub(super) fn runs_folder(&self) -> PathBuf {
        self.settings.runs_folder.clone().unwrap_or_else(|| self.dirs.runs.clone())
    }

    /// The folder for copies of runs that are watched on other machines.
    pub(super) fn watched_folder(&self) -> PathBuf {
        self.dirs.watched.clone()
    }

    pub(super) fn load_settings(&mut self, out: &mut Outbox) {
        let (settings, problem) = self.dirs.load_settings();
        self.settings = settings;
        out.push(Event::Settings(self.settings.clone()));
        if let Some(text) = problem {
            out.push(Event::Notice { level: Level::Warning, text });
        }
        self.list_runs(out);
    }

    pub(super) fn save_settings(&mut self, settings: AppSettings, out: &mut Outbox) {
        self.settings = settings;
        if let Err(text) = self.dirs.save_settings(&self.settings) {
            out.push(Event::Notice { level: Level::Warning, text });
        }
    }

    pub(super) fn describe_run(&self, run: &Path, about: &AboutRun, out: &mut Outbox) {
        if let Err(e) = describe_run(run, about) {
            out.push(Event::Notice { level: Level::Error, text: e.to_string() });
        }
        self.list_runs(out);
    }

    pub(super) fn write_story(&mut self, run: PathBuf, out: PathBuf, outbox: &mut Outbox) {
        let write = move || story(&run, &free_path(&out), JobControl::unattended());
        self.story.start(move || write().map(|report| report.text()), outbox);
    }

    pub(super) fn compare(&mut self, runs: Vec<PathBuf>, out: &mut Outbox) {
        match Task::start("purrtrait-compare", move || compare(&runs, JobControl::unattended())) {
            Ok(task) => self.comparing = Some(task),
            Err(e) => out.push(Event::Compared(Err(format!("No thread could be started: {e}")))),
        }
    }

    /// Whether there is something to [`Self::poll`] for.
    pub(super) fn is_busy(&self) -> bool {
        self.story.is_under_way() || self.comparing.is_some()
    }

    /// Tells what became of the work on threads of its own.
    pub(super) fn poll(&mut self, out: &mut Outbox) {
        self.story.poll(out);
        let Some(result) = self.comparing.as_ref().and_then(Task::finished) else { return };
        self.comparing = None;
        out.push(Event::Compared(match result {
            Ok(found) => found.map(Box::new).map_err(|e| e.to_string()),
            Err(reason) => Err(format!("The runs could not be compared: {reason}.")),
        }));
    }

    pub(super) fn bin_run(&self, run: &Path, out: &mut Outbox) {
        let (level, text) = match bin_run(run) {
            Ok(()) => (Level::Good, format!("Moved {} to the bin.", run.display())),
            Err(e) => (Level::Error, e.to_string()),
        };
        out.push(Event::Notice { level, text });
        self.list_runs(out);
    }

    pub(super) fn list_runs(&self, out: &mut Outbox) {
        out.push(Event::Runs(list_runs(&self.runs_folder(), &self.settings.recent_runs)));
    }
}

/// The runs that the window lists, for the command line.
pub(crate) fn own_runs() -> Vec<RunSummary> {
    let dirs = AppDirs::find();
    let mut library = Library::new(dirs.clone());
    library.settings = dirs.load_settings().0;
    list_runs(&library.runs_folder(), &library.settings.recent_runs)
}

/// How the window's trainings treat the computer, for the command line.
pub(crate) fn own_manners() -> Manners {
    AppDirs::find().look_at_settings().manners
}

/// Looks at a model that a run may start from.
pub(crate) fn inspect_model(source: PathBuf, out: &mut Outbox) {
    let found = start_info(&source).map(Box::new).map_err(|e| e.to_string());
    out.push(Event::ModelInspected { source, found });
}

/// Reads the sample sheet of this step from the folder of this run.
pub(crate) fn load_sample(run: &RunInfo, step: u64, out: &mut Outbox) {
    let found = RunDir::inspect(&run.path).and_then(|(dir, _)| {
        // It may have been thinned out since the window asked.
        if dir.has_sample(step) { dir.load_sample(step).map(Some) } else { Ok(None) }
    });
    out.push(match found {
        Ok(Some(sheet)) => saved_sheet(step, sheet, &run.config),
        Ok(None) => Event::SamplesGone(vec![step]),
        Err(e) => Event::Notice { level: Level::Warning, text: e.to_string() },
    });
}
