//! What each action does.

use super::action::{Action, Dialog, Purpose, Screen};
use super::app::App;
use super::dialogs::without_dialog;
use super::explorer::ExploreAction;
use crate::config::{DataSource, Preset, typed_path};
use crate::engine::{Command, Event, ExploreSource, FileUse, Level, ResumeOptions, RunState, Suggestion};
use egui::Context;
use std::path::PathBuf;

/// Seconds without a change of the picture settings after which the pictures are looked at again.
const RESCAN_PAUSE: f64 = 0.5;

impl App {
    pub(super) fn perform(&mut self, ctx: &Context, action: Action, now: f64) {
        match action {
            Action::Goto(screen) => self.user.screen = screen,
            Action::Explore(action) => self.perform_explore(ctx, action, now),
            Action::Evaluate(action) => self.perform_evaluate(action, now),
            Action::Browse(purpose) => self.wanted_dialog = Some(purpose),
            Action::OpenFolder(path) => self.open_folder(path),
            Action::OpenDemo => self.take_pictures(DataSource::Demo),
            Action::DataChanged => self.user.rescan_at = Some(now + RESCAN_PAUSE),
            Action::RescanNow => self.scan(),
            Action::CancelScan => self.send(Command::CancelScan),
            Action::ChoosePreset(name) => self.choose_preset(name),
            Action::Start => self.start(),
            Action::Resume { run, limits } => _ = self.resume(run, limits),
            Action::Tune { key, tunables } => self.user.tuner.change(key, tunables, now),
            Action::UndoTune => {
                if !self.user.tuner.undo() {
                    self.state.toasts.push((Level::Info, "There is no change to take back.".to_owned()));
                }
            }
            Action::Follow(suggestion) => self.follow(&suggestion, now),
            Action::Dismiss(finding) => {
                if let Some(run) = &mut self.state.run {
                    run.dismissed.push(finding);
                }
            }
            Action::TogglePause => {
                let paused = self.state.run_state == RunState::Paused;
                self.send(if paused { Command::Continue } else { Command::Pause });
            }
            Action::Stop => self.send(Command::Stop),
            Action::SampleNow => self.send(Command::SampleNow),
            Action::SaveNow => self.send(Command::SaveNow),
            Action::LoadSample(step) => {
                if self.state.run.as_mut().is_some_and(|run| run.samples.should_ask(step, now)) {
                    self.send(Command::LoadSample { step });
                }
            }
            Action::RefreshRuns => {
                self.state.runs = None;
                self.send(Command::ListRuns);
            }
            Action::SetTheme(theme) => {
                super::theme::apply(ctx, theme);
                self.change_settings(|settings| settings.theme = theme);
            }
            Action::ToggleLog => self.user.log_open = !self.user.log_open,
            Action::Dialog(Some(Dialog::Evaluate)) => self.open_evaluation(),
            Action::Dialog(dialog) => {
                self.user.dialog = dialog;
                self.user.dialog_is_new = true;
            }
            Action::Copy(text) => {
                ctx.copy_text(text);
                self.state.toasts.push((Level::Good, "Copied.".to_owned()));
            }
            Action::Reveal(path) => reveal(path),
            Action::Toast(level, text) => self.state.toasts.push((level, text)),
            Action::Restart => self.restart(ctx),
            Action::Leave { when_done } => self.leave(when_done, now),
            Action::Stay => self.stay(),
            Action::CloseNow => self.abandon(ctx),
        }
    }

    /// Live settings go the way of the sliders, so that they can be taken back. A run that has ended is resumed for the
    /// way back.
    fn follow(&mut self, suggestion: &Suggestion, now: f64) {
        if let Suggestion::RollBack { step, lower } = *suggestion {
            let run = self.state.run.as_ref().filter(|run| run.end.is_some()).and_then(|run| run.info.clone());
            if run.is_none_or(|info| self.resume(info.path.clone(), self.user.limits())) {
                self.send(Command::Rollback { step, learning_rate_factor: lower });
            }
        } else if let Some(tunables) = suggestion.applied(&self.user.tuner.edit) {
            self.user.tuner.change("coach", tunables, now);
        }
    }

    /// True when no run is in the way; says so otherwise.
    fn free(&mut self) -> bool {
        if self.state.busy() {
            let text = "A run is going on. Stop it first; it can be resumed later.".to_owned();
            self.state.toasts.push((Level::Warning, text));
        }
        !self.state.busy()
    }

    fn open_folder(&mut self, path: PathBuf) {
        // A picture dropped onto the window stands for the folder it lies in.
        let folder =
            if FileUse::Picture.accepts(&path) { path.parent().map(PathBuf::from).unwrap_or(path) } else { path };
        self.take_pictures(DataSource::Folder(folder));
    }

    fn take_pictures(&mut self, source: DataSource) {
        if !self.free() {
            return;
        }
        // A relative path would name another folder at the next start.
        let source = match source {
            DataSource::Folder(path) => DataSource::Folder(std::path::absolute(&path).unwrap_or(path)),
            DataSource::Demo => DataSource::Demo,
        };
        if let DataSource::Folder(path) = &source {
            self.user.folder_text = path.display().to_string();
            let path = path.clone();
            self.change_settings(|settings| settings.remember_folder(&path));
        }
        self.user.config.data.source = source;
        self.user.screen = Screen::Setup;
        self.scan();
    }

    pub(super) fn scan(&mut self) {
        self.user.rescan_at = None;
        if self.state.busy() || self.state.dead.is_some() {
            return;
        }
        let (data, size) = self.user.scan();
        self.state.scan_asked(data.clone(), size);
        self.send(Command::ScanData { data, size });
    }

    fn choose_preset(&mut self, name: &str) {
        let Some(preset) = Preset::find(name) else { return };
        let size = self.user.config.model.size;
        self.user.choose(preset);
        if self.user.config.model.size != size && self.state.scanned.is_some() {
            self.scan();
        }
    }

    fn start(&mut self) {
        if let Some(reason) = self.user.blocked(&self.state) {
            self.state.toasts.push((Level::Warning, reason));
            return;
        }
        let typed = self.user.out_text.trim();
        let out = (!typed.is_empty()).then(|| typed_path(typed));
        self.user.screen = Screen::Training;
        self.state.run_state = RunState::Preparing;
        let config = Box::new(self.user.config.clone());
        self.send(Command::Start { config, out });
    }

    /// False when that is not possible now; says so then.
    fn resume(&mut self, run: PathBuf, limits: ResumeOptions) -> bool {
        if !self.free() {
            return false;
        }
        if self.state.dead.is_some() {
            self.state
                .toasts
                .push((Level::Error, "Restart Purrtrait first: its training thread has ended.".to_owned()));
            return false;
        }
        self.user.screen = Screen::Training;
        self.state.run_state = RunState::Preparing;
        self.state.preparing = "Opening the run…".to_owned();
        self.send(Command::Resume { run, options: limits });
        true
    }

    pub(super) fn folder_chosen(&mut self, ctx: &Context, purpose: Purpose, path: PathBuf, now: f64) {
        match purpose {
            Purpose::Pictures => self.open_folder(path),
            Purpose::Run => _ = self.resume(path, self.user.limits()),
            Purpose::RunPictures => {
                if let Some(resume) = self.user.resume_with(path) {
                    self.user.dialog = None;
                    self.perform(ctx, resume, now);
                }
            }
            Purpose::Output => self.user.out_text = path.display().to_string(),
            Purpose::Model | Purpose::ModelFolder => {
                let open = ExploreAction::Open { source: ExploreSource::File(path), goal: None };
                self.perform_explore(ctx, open, now);
            }
            Purpose::Photo => self.perform_explore(ctx, ExploreAction::Search(path), now),
            Purpose::SaveFolder => self.user.explore.save.folder = path.display().to_string(),
            Purpose::ExportFile => self.user.explore.export_text = path.display().to_string(),
            Purpose::FilmFile => self.user.explore.film.out = path.display().to_string(),
            Purpose::Measured | Purpose::MeasuredFile => self.user.evaluate.source = path.display().to_string(),
            Purpose::RealPictures => self.user.evaluate.folder = path.display().to_string(),
            Purpose::TrainingPictures => self.user.evaluate.training = path.display().to_string(),
            Purpose::Inception => self.user.evaluate.inception = path.display().to_string(),
        }
    }

    /// There is none to choose with: the path can be typed. The field for pictures is on the start screen alone.
    pub(super) fn no_dialog(&mut self, purpose: Purpose, now: f64) {
        if purpose == Purpose::Pictures {
            self.user.screen = Screen::Home;
        }
        self.state.apply(Event::Notice { level: Level::Warning, text: without_dialog(purpose) }, now);
    }

    /// A lost graphics card stays lost for this process: only a new one can use it again.
    fn restart(&mut self, ctx: &Context) {
        let program = std::env::current_exe().and_then(|exe| std::process::Command::new(exe).spawn());
        match program {
            Ok(_) => self.close(ctx),
            Err(error) => {
                let text = format!("Purrtrait could not be started again ({error}). Close it and open it by hand.");
                self.state.toasts.push((Level::Error, text));
            }
        }
    }
}

/// On its own thread: some systems take their time to open a file manager.
fn reveal(path: PathBuf) {
    let spawned = std::thread::Builder::new().name("file manager".to_owned()).spawn(move || {
        if let Err(error) = open::that(&path) {
            log::warn!("{}: cannot be shown in the file manager: {error}", path.display());
        }
    });
    if let Err(error) = spawned {
        log::warn!("cannot start a thread for the file manager: {error}");
    }
}
