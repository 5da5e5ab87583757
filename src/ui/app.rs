//! The window. Messages of the engine and actions of the panels change what is known (`state`, `user`) and give
//! effects; `carry_out` is the one place that does what they ask. It receives in `logic`, and draws in `draw`.

mod upkeep;

use super::action::{Action, Purpose, Screen};
use super::clipboard::Clipboard;
use super::closing::Closing;
use super::dialogs::FolderDialogs;
use super::effect::Effect;
use super::explorer::{ExplorerPart, PACE, RETRY};
use super::link::EngineLink;
use super::perform::Performer;
use super::software::Software;
use super::state::{BUNDLED, EngineState};
use super::textures::Textures;
use super::toasts::Toasts;
use super::user::UserState;
use super::view::{Panel, View};
use super::widgets::complaints;
use super::{bidi, focus, panels, screens, shortcuts, system, theme};
use crate::config::RunPlace;
use crate::engine::{Command, EngineHandle, ExploreCommand, Level};
use egui::{ColorImage, Context, Ui, UserAttentionType, ViewportCommand};
use mundy::Subscription;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The window, over a started engine.
pub struct App {
    engine: EngineLink,
    /// What the engine has told.
    pub state: EngineState,
    /// What the person has typed and chosen.
    pub user: UserState,
    pub(super) textures: Textures,
    toasts: Toasts,
    /// Messages for toasts, oldest first: their time begins when they can be seen.
    new_toasts: Vec<(Level, String)>,
    folder_dialogs: FolderDialogs,
    clipboard: Clipboard,
    /// A folder dialog to open where the window's handle is at hand.
    wanted_dialog: Option<Purpose>,
    closing: Closing,
    title: String,
    /// Shows notifications.
    notifier: Box<dyn Fn(&str)>,
    /// The system asks for less motion.
    still: Arc<AtomicBool>,
    /// What hears when that changes.
    pub(super) motion_watch: Option<Subscription>,
    /// Draws, where the graphics adapter is software.
    pub(super) software: Option<Software>,
    /// The list of runs was on show in the frame before.
    runs_shown: bool,
    /// When the runs of a race were put side by side last, in seconds since the window opened.
    compared: f64,
    /// Seconds since 1970, fixed by tests.
    pub fixed_time: Option<u64>,
}

/// Time per frame for taking in messages; what is left waits for the next frame.
const RECEIVING: Duration = Duration::from_millis(3);

impl App {
    /// A window over a started engine. Asks for devices and settings at once.
    pub fn new(ctx: &Context, handle: EngineHandle) -> Self {
        theme::install(ctx);
        bidi::install(ctx);
        focus::install(ctx);
        let mut app = Self {
            engine: EngineLink::new(handle),
            state: EngineState::default(),
            user: UserState::default(),
            textures: Textures::default(),
            toasts: Toasts::default(),
            new_toasts: Vec::new(),
            folder_dialogs: FolderDialogs::new(ctx.clone()),
            clipboard: Clipboard::new(ctx.clone()),
            wanted_dialog: None,
            closing: Closing::default(),
            title: String::new(),
            notifier: Box::new(system::notify),
            still: Arc::default(),
            motion_watch: None,
            software: None,
            runs_shown: false,
            compared: 0.0,
            fixed_time: None,
        };
        app.engine.send(Command::LoadSettings);
        app.engine.send(Command::ListDevices);
        app.engine.send(Command::InspectModel(BUNDLED.into()));
        app
    }

    /// Watches a run that another program trains.
    pub fn watch(&mut self, ctx: &Context, run: RunPlace) {
        self.perform(ctx, Action::Watch(run), 0.0);
    }

    /// Receives: messages of the engine, answers of the system, the wish to close. Runs also while hidden.
    pub fn logic(&mut self, ctx: &Context) {
        let now = ctx.time();
        forgive_slow_frames(ctx);
        self.receive(ctx, now);
        let still = self.still.load(Ordering::Relaxed);
        let effects = self.state.system_is_still(still).into_iter().collect();
        self.carry_out(ctx, effects, now);
        self.hear_the_system(ctx, now);
        self.keep_runs_fresh(ctx, now);
        self.keep_comparison_fresh(ctx, now);
        if self.user.rescan_at.is_some_and(|at| now >= at) && !self.state.beginning() {
            self.perform(ctx, Action::RescanNow, now);
        }
        // A dragged slider counts once it is let go: one change, one mark on the plots.
        if self.user.tuner.unsent && self.state.live() && !ctx.input(|i| i.pointer.any_down()) {
            self.user.tuner.unsent = false;
            self.engine.send(Command::SetTunables(self.user.tuner.edit.clone()));
        }
        self.watch_zoom(ctx, now);
        let pressed = ctx.input(|i| i.viewport().close_requested());
        let effects = self.closing.watch(pressed, &mut self.state, now);
        self.carry_out(ctx, effects, now);
        self.engine.flush();
        let effects = self.performer(now).measure();
        self.carry_out(ctx, effects, now);
        if self.state.speeds.waiting() {
            ctx.request_repaint_after(Duration::from_millis(200));
        }
        if self.user.screen == Screen::Home && self.state.settings.is_some() {
            let still = self.state.reduced_motion() || self.state.live();
            let effects = self.explorer().live(still, now);
            self.carry_out(ctx, effects, now);
            if !still {
                let wait = if self.user.explore.alive.moving { PACE } else { RETRY };
                ctx.request_repaint_after(Duration::from_secs_f64(wait));
            }
        }
        if self.user.screen == Screen::Explore {
            let effects = self.explorer().tick(now);
            self.carry_out(ctx, effects, now);
            if self.explorer().playing() {
                ctx.request_repaint();
            }
        }
        if self.state.busy() || self.closing.since.is_some() {
            // A worker that dies cannot wake the window.
            ctx.request_repaint_after(Duration::from_millis(250));
        }
    }

    /// Draws one frame.
    pub fn draw(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        let now = ctx.time();
        let closing = self.closing.since;
        self.draw_with(ui, |ui, view| {
            shortcuts::read(ui, view);
            screens::show(ui, view);
            panels::drop_target(ui, view.user.screen == Screen::Explore);
            match closing {
                Some(since) => panels::saving(ui, view, since),
                None => panels::dialog(ui, view),
            }
        });
        if let (Some(run), Some(step)) = (&mut self.state.run, self.user.timeline.shown) {
            run.samples.look(step);
        }
        for (level, message) in self.new_toasts.drain(..) {
            self.toasts.add(level, &message, now);
        }
        for text in complaints(&ctx) {
            self.toasts.add(Level::Warning, &text, now);
        }
        self.toasts.show(&ctx, now);
        // Without it a screen reader meets a window that has no name.
        ctx.accesskit_node_builder(egui::accesskit_root_id(), |node| node.set_label("Purrtrait"));
        if self.user.log_open {
            // Whoever sees the log has seen its faults.
            self.state.log.faults = 0;
        }
        self.user.keyboard = shortcuts::keyboard(&ctx);
        if let Some(software) = &self.software {
            software.take_over(&ctx);
        }
        self.engine.flush();
    }

    /// Draws one panel alone, for tests.
    pub fn draw_panel(&mut self, ui: &mut Ui, panel: &Panel) {
        self.draw_with(ui, panel.show);
    }

    /// Draws, then carries out what the panels asked for.
    fn draw_with(&mut self, ui: &mut Ui, show: impl FnOnce(&mut Ui, &mut View)) {
        let ctx = ui.ctx().clone();
        let now = ctx.time();
        let unix_now = self
            .fixed_time
            .unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()));
        let mut actions = Vec::new();
        let App { state, user, textures, .. } = self;
        show(ui, &mut View { state, user, screens: screens::SCREENS, textures, actions: &mut actions, now, unix_now });
        for action in actions {
            self.perform(&ctx, action, now);
        }
        let on_screen = self.user.screen == Screen::Explore;
        let effects = self.explorer().request(on_screen, now);
        self.carry_out(&ctx, effects, now);
    }

    fn perform(&mut self, ctx: &Context, action: Action, now: f64) {
        let effects = self.performer(now).perform(action);
        self.carry_out(ctx, effects, now);
    }

    fn performer(&mut self, now: f64) -> Performer<'_> {
        let Self { state, user, closing, .. } = self;
        Performer { state, user, closing, now, effects: Vec::new() }
    }

    fn explorer(&mut self) -> ExplorerPart<'_> {
        ExplorerPart::new(&mut self.state.explore, &mut self.user.explore)
    }

    /// Takes in messages of the engine: each changes the state once, and what follows is carried out.
    fn receive(&mut self, ctx: &Context, now: f64) {
        let began = Instant::now();
        while let Some(event) = self.engine.poll() {
            let effects = self.state.apply(event, now);
            self.carry_out(ctx, effects, now);
            if began.elapsed() > RECEIVING {
                ctx.request_repaint();
                break;
            }
        }
        self.performer(now).follow_tunables();
        self.set_title(ctx);
    }

    /// Does what only the window can do, and what follows from that.
    fn carry_out(&mut self, ctx: &Context, effects: Vec<Effect>, now: f64) {
        for effect in effects {
            let mut further = Vec::new();
            match effect {
                Effect::Send(command) => self.engine.send(command),
                Effect::Explore(command) => {
                    let taken = self.engine.explore(command.clone());
                    further = self.performer(now).asked_explorer(command, taken);
                }
                Effect::Explored(event) => further = self.explorer().take_in(event, now),
                Effect::PicturesReady(report) => {
                    self.user.curation.take(&report);
                    further = self.performer(now).pictures_ready();
                }
                Effect::ModelInspected(source, found) => further = self.performer(now).inspected(&source, found),
                Effect::RunStarted(info) => further = self.performer(now).run_started(&info),
                Effect::RolledBack => self.performer(now).rolled_back(),
                Effect::RunEnded => further = self.performer(now).run_ended(),
                Effect::Notice(level, text) => further.push(self.state.say(now, level, text)),
                Effect::Toast(level, text) => self.new_toasts.push((level, text)),
                Effect::Notify(text) => self.notify(ctx, &text),
                Effect::Show(screen) => self.user.screen = screen,
                Effect::Dialog(dialog) => (self.user.dialog, self.user.dialog_typed) = (dialog, false),
                Effect::Browse(purpose) => self.wanted_dialog = Some(purpose),
                Effect::Paste => self.clipboard.paste(),
                Effect::CopyText(text) => {
                    ctx.copy_text(text);
                    further.push(copied());
                }
                Effect::CopyPicture(frame) => {
                    let size = [frame.width as usize, frame.height as usize];
                    ctx.copy_image(ColorImage::from_rgb(size, &frame.data));
                    further.push(copied());
                }
                Effect::Reveal(path) => system::reveal(path),
                Effect::Theme(theme) => theme::apply(ctx, theme),
                Effect::Motion(moving) => theme::animate(ctx, moving),
                Effect::Zoom(zoom) => ctx.set_zoom_factor(zoom),
                Effect::Restart => further.push(match system::start_again() {
                    Ok(()) => self.closing.close(),
                    Err(text) => Effect::Toast(Level::Error, text),
                }),
                Effect::KeepOpen => ctx.send_viewport_cmd(ViewportCommand::CancelClose),
                Effect::Close => ctx.send_viewport_cmd(ViewportCommand::Close),
            }
            self.carry_out(ctx, further, now);
        }
    }

    /// Tells a person who does something else.
    fn notify(&self, ctx: &Context, text: &str) {
        let wanted = self.state.settings.as_ref().is_none_or(|settings| settings.notifications);
        if wanted && !ctx.input(|i| i.focused) {
            ctx.send_viewport_cmd(ViewportCommand::RequestUserAttention(UserAttentionType::Informational));
            (self.notifier)(text);
        }
    }

    /// Opens the dialog for files that was asked for, in front of this window.
    pub(super) fn open_wanted_dialog(&mut self, frame: &eframe::Frame) {
        if let Some(purpose) = self.wanted_dialog.take() {
            let recent = self.state.settings.as_ref().and_then(|s| s.recent_folders.first().cloned());
            self.folder_dialogs.ask(purpose, recent, frame);
        }
    }

    /// The last thing before the program ends, however that came about: a worker that still runs must save.
    pub(super) fn wait_for_worker(&mut self) {
        for (file, edit) in self.user.explore.favourites.store.rest() {
            // A queue without room, now that nothing new is asked for, means that the explorer is gone.
            let _ = self.engine.explore(ExploreCommand::EditFavourites { file, edit });
        }
        if !self.closing.abandoned {
            self.engine.shutdown();
        }
    }

    /// Closes without a question once this is set, instead of when the program is told to end: for tests.
    pub fn watch_for(&mut self, asked: &'static AtomicBool) {
        self.closing.asked = asked;
    }

    /// Who shows notifications, instead of the system: for tests.
    pub fn notify_by(&mut self, notifier: impl Fn(&str) + 'static) {
        self.notifier = Box::new(notifier);
    }

    /// What tells whether the system asks for less motion.
    pub fn stillness(&self) -> Arc<AtomicBool> {
        self.still.clone()
    }

    /// Pictures uploaded to the graphics card so far.
    pub fn uploads(&self) -> usize {
        self.textures.uploads + self.textures.atlas.uploads
    }
}

/// Where frames are slow, on a busy machine without a graphics card, a press and its release fall into frames far
/// apart. It is a click all the same, and two are a double click.
fn forgive_slow_frames(ctx: &Context) {
    /// Of egui, in seconds.
    const USUAL: (f64, f64) = (0.8, 0.3);
    let frame = f64::from(ctx.input(|i| i.unstable_dt));
    ctx.options_mut(|options| {
        let input = &mut options.input_options;
        input.max_click_duration = USUAL.0.max(3.0 * frame);
        input.max_double_click_delay = USUAL.1.max(2.0 * frame);
    });
}

fn copied() -> Effect {
    Effect::toast(Level::Good, "Copied.")
}

/// Also where the display is gone, so that nothing of the window is asked any more.
impl Drop for App {
    fn drop(&mut self) {
        self.wait_for_worker();
    }
}
