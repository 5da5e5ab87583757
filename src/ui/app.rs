//! The window: receives in `logic`, draws in `draw`, then carries out what the panels asked for.

use super::action::{Action, Purpose, Screen};
use super::clipboard::Clipboard;
use super::closing::Closing;
use super::dialogs::{FolderDialogs, NoDialog};
use super::panels;
use super::state::{DatasetState, EngineState};
use super::textures::Textures;
use super::toasts::Toasts;
use super::user::{Keyboard, UserState};
use super::view::{Panel, View};
use super::{screens, shortcuts, theme};
use crate::engine::{Command, EngineHandle, Event};
use egui::{Context, Ui, ViewportCommand};
use std::collections::VecDeque;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub struct App {
    pub(super) handle: EngineHandle,
    pub state: EngineState,
    pub user: UserState,
    pub(super) textures: Textures,
    toasts: Toasts,
    /// Requests for which the engine's queue had no room yet, oldest first.
    outbox: VecDeque<Command>,
    pub(super) folder_dialogs: FolderDialogs,
    pub(super) clipboard: Clipboard,
    /// A folder dialog to open where the window's handle is at hand.
    pub(super) wanted_dialog: Option<Purpose>,
    pub(super) closing: Closing,
    /// Theme and zoom were taken over from the remembered settings.
    settings_applied: bool,
    title: String,
    /// Seconds since 1970, fixed by tests.
    pub fixed_time: Option<u64>,
}

/// Time per frame for taking in messages; what is left waits for the next frame.
const RECEIVING: Duration = Duration::from_millis(3);

impl App {
    /// A window over a started engine. Asks for devices, settings and runs at once.
    pub fn new(ctx: &Context, handle: EngineHandle) -> Self {
        theme::install(ctx);
        let mut app = Self {
            handle,
            state: EngineState::default(),
            user: UserState::default(),
            textures: Textures::default(),
            toasts: Toasts::default(),
            outbox: VecDeque::new(),
            folder_dialogs: FolderDialogs::new(ctx.clone()),
            clipboard: Clipboard::new(ctx.clone()),
            wanted_dialog: None,
            closing: Closing::default(),
            settings_applied: false,
            title: String::new(),
            fixed_time: None,
        };
        app.send(Command::LoadSettings);
        app.send(Command::ListDevices);
        app
    }

    /// Receives: messages of the engine, answers of folder dialogs, the wish to close. Runs also while hidden.
    pub fn logic(&mut self, ctx: &Context) {
        let now = ctx.time();
        self.receive(ctx, now);
        if let Some(pasted) = self.clipboard.answer() {
            self.pasted(pasted);
        }
        match self.folder_dialogs.answer() {
            Some((purpose, Ok(path))) => self.folder_chosen(ctx, purpose, path, now),
            Some((purpose, Err(NoDialog))) => self.no_dialog(purpose, now),
            None => {}
        }
        let dropped = ctx.input(|i| i.raw.dropped_files.first().map(|file| file.path().to_path_buf()));
        if let Some(path) = dropped
            && !self.explore_dropped(ctx, &path, now)
        {
            self.perform(ctx, Action::OpenFolder(path), now);
        }
        if self.user.rescan_at.is_some_and(|at| now >= at) {
            self.perform(ctx, Action::RescanNow, now);
        }
        // A dragged slider counts once it is let go: one change, one mark on the plots.
        if self.user.tuner.unsent && self.state.live() && !ctx.input(|i| i.pointer.any_down()) {
            self.user.tuner.unsent = false;
            self.send(Command::SetTunables(self.user.tuner.edit.clone()));
        }
        self.watch_zoom(ctx);
        self.watch_closing(ctx, now);
        self.flush();
        self.explore_tick(ctx, now);
        if self.state.busy() || self.closing.since.is_some() {
            // A worker that dies cannot wake the window.
            ctx.request_repaint_after(Duration::from_millis(250));
        }
    }

    /// Draws one frame.
    pub fn draw(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        let now = ctx.time();
        let unix_now = self
            .fixed_time
            .unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()));
        let mut actions = Vec::new();
        {
            let App { state, user, textures, .. } = self;
            let mut view = View { state, user, textures, actions: &mut actions, now, unix_now };
            shortcuts::read(ui, &mut view);
            screens::show(ui, &mut view);
            panels::drop_target(ui, view.user.screen == Screen::Explore);
            match self.closing.since {
                Some(since) => panels::saving(ui, &mut view, since),
                None => panels::dialog(ui, &mut view),
            }
        }
        for action in actions {
            self.perform(&ctx, action, now);
        }
        if let (Some(run), Some(step)) = (&mut self.state.run, self.user.timeline.shown) {
            run.samples.look(step);
        }
        for (level, message) in std::mem::take(&mut self.state.toasts) {
            self.toasts.add(level, &message, now);
        }
        self.toasts.show(&ctx, now);
        if self.user.log_open {
            // Whoever sees the log has seen its faults.
            self.state.log.faults = 0;
        }
        self.user.keyboard =
            Keyboard { focused: ctx.memory(|m| m.focused().is_some()), typing: ctx.text_edit_focused() };
        self.flush();
        self.explore_flush(now);
    }

    /// Draws one panel alone, for tests.
    pub fn draw_panel(&mut self, ui: &mut Ui, panel: &Panel) {
        let now = ui.ctx().time();
        let unix_now = self.fixed_time.unwrap_or(0);
        let mut actions = Vec::new();
        let App { state, user, textures, .. } = self;
        (panel.show)(ui, &mut View { state, user, textures, actions: &mut actions, now, unix_now });
        let ctx = ui.ctx().clone();
        for action in actions {
            self.perform(&ctx, action, now);
        }
        self.explore_flush(now);
    }

    /// Asks the engine, now or as soon as its queue has room.
    pub(super) fn send(&mut self, command: Command) {
        match &command {
            Command::Resume { run, options: limits } => self.user.resumed = Some((run.clone(), limits.clone())),
            Command::Start { .. } => self.user.resumed = None,
            Command::SaveNow => self.state.save_asked = true,
            _ => {}
        }
        self.outbox.push_back(command);
        self.flush();
    }

    fn flush(&mut self) {
        if self.state.dead.is_some() {
            self.outbox.clear();
        }
        while let Some(command) = self.outbox.front() {
            if !self.handle.send(command.clone()) {
                return;
            }
            self.outbox.pop_front();
        }
    }

    fn receive(&mut self, ctx: &Context, now: f64) {
        let began = Instant::now();
        while let Some(event) = self.handle.poll() {
            let started = matches!(event, Event::RunStarted(_));
            let settings = matches!(event, Event::Settings(_));
            let ended = matches!(event, Event::RunEnded(_));
            let rolled_back = matches!(&event, Event::TunablesApplied(mark) if mark.rolled_back);
            let answer = if let Event::Explore(answer) = &event { Some(answer.clone()) } else { None };
            self.state.apply(event, now);
            if let Some(answer) = answer {
                self.explore_followed(&answer, now);
            }
            if settings {
                self.take_settings(ctx);
            }
            if started {
                self.run_started();
            }
            if let Some(run) = self.state.run.as_ref().filter(|_| rolled_back) {
                // What was undone before belongs to a past that is gone.
                self.user.tuner.reset(run.serial, &run.tunables);
            }
            if ended {
                self.pictures_of_a_run_that_never_began();
                // Its place among the runs, and its picture, have changed.
                self.send(Command::ListRuns);
            }
            if began.elapsed() > RECEIVING {
                ctx.request_repaint();
                break;
            }
        }
        self.follow_tunables();
        self.set_title(ctx);
    }

    /// A run began: its recipe is the one on show, and it is remembered.
    fn run_started(&mut self) {
        let Some(run) = &self.state.run else { return };
        let Some(info) = run.info.clone() else { return };
        self.user.tuner.reset(run.serial, &run.tunables);
        self.user.config = info.config.clone();
        if let Some(preset) = crate::config::Preset::find(&info.config.preset) {
            self.user.preset = preset;
        }
        self.user.rescan_at = None;
        // Both were for this run alone: the folder is taken now, and its device is in its recipe.
        self.user.out_text.clear();
        self.user.resume_device = None;
        self.state.scanned = Some(self.user.scan());
        self.user.screen = Screen::Training;
        let run = std::path::absolute(&info.path).unwrap_or_else(|_| info.path.clone());
        self.change_settings(|settings| settings.remember_run(&run));
    }

    /// A run that could not be resumed leaves its pictures on show; those that were chosen before come back.
    fn pictures_of_a_run_that_never_began(&mut self) {
        let began = self.state.run.as_ref().is_some_and(|run| run.info.is_some());
        if began || self.user.resumed.is_none() {
            return;
        }
        self.state.dataset = DatasetState::Unknown;
        if self.state.scanned.is_some() {
            self.scan();
        }
    }

    /// The sliders follow the engine until the person moves one.
    fn follow_tunables(&mut self) {
        let Some(run) = &self.state.run else { return };
        let tuner = &mut self.user.tuner;
        let untouched = tuner.undo.is_empty() && !tuner.unsent;
        if tuner.serial != run.serial || (untouched && tuner.edit != run.tunables && run.info.is_some()) {
            tuner.reset(run.serial, &run.tunables);
        }
    }

    fn take_settings(&mut self, ctx: &Context) {
        if let Some(settings) = &self.state.settings {
            theme::apply(ctx, settings.theme);
            ctx.set_zoom_factor(settings.zoom.clamp(0.5, 4.0));
            self.settings_applied = true;
        }
    }

    /// Changes and remembers the settings. Before they are read there is nothing to change.
    pub(super) fn change_settings(&mut self, change: impl FnOnce(&mut crate::config::AppSettings)) {
        let Some(settings) = &mut self.state.settings else { return };
        let before = settings.clone();
        change(settings);
        if *settings != before {
            let settings = settings.clone();
            self.send(Command::SaveSettings(settings));
        }
    }

    /// egui itself obeys Ctrl with plus, minus and 0; here the new size is remembered.
    fn watch_zoom(&mut self, ctx: &Context) {
        let zoom = ctx.zoom_factor();
        let known = self.state.settings.as_ref().map(|s| s.zoom.clamp(0.5, 4.0));
        if self.settings_applied && known.is_some_and(|known| (known - zoom).abs() > 0.005) {
            self.change_settings(|settings| settings.zoom = zoom);
        }
    }

    fn set_title(&mut self, ctx: &Context) {
        let title = match self.state.run.as_ref().and_then(|run| run.info.as_ref()) {
            Some(info) if self.state.busy() => format!("Purrtrait: {}", info.config.data.source.name()),
            _ => "Purrtrait".to_owned(),
        };
        if title != self.title {
            ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    /// Pictures uploaded to the graphics card so far.
    pub fn uploads(&self) -> usize {
        self.textures.uploads
    }
}
