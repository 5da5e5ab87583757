//! The window's end: it asks where work would be lost, and waits until the training is saved.

use super::action::Dialog;
use super::app::App;
use crate::engine::{Command, Level};
use crate::interrupt;
use egui::{Context, ViewportCommand};
use std::sync::atomic::{AtomicBool, Ordering};

/// How far the end is.
#[derive(Debug)]
pub(crate) struct Closing {
    /// When the window began to close, in seconds; it waits for the worker to save.
    pub since: Option<f64>,
    allowed: bool,
    /// The person does not want to wait until the worker has saved.
    abandoned: bool,
    /// It closes as soon as no work is lost by that.
    when_done: bool,
    /// The worker was told to end, after it had saved.
    ended: bool,
    /// Set when the system or somebody at a terminal asks for the end.
    asked: &'static AtomicBool,
}

impl Default for Closing {
    fn default() -> Self {
        Self { since: None, allowed: false, abandoned: false, when_done: false, ended: false, asked: interrupt::flag() }
    }
}

/// Also where the display is gone, so that nothing of the window is asked any more.
impl Drop for App {
    fn drop(&mut self) {
        self.wait_for_worker();
    }
}

impl App {
    /// Closes without a question once this is set, instead of when the program is told to end: for tests.
    pub fn watch_for(&mut self, asked: &'static AtomicBool) {
        self.closing.asked = asked;
    }

    pub(super) fn watch_closing(&mut self, ctx: &Context, now: f64) {
        let done = self.state.dead.is_some();
        let work = self.state.unsaved_work();
        if ctx.input(|i| i.viewport().close_requested()) && !self.closing.allowed {
            if done {
                self.closing.allowed = true;
            } else {
                ctx.send_viewport_cmd(ViewportCommand::CancelClose);
                match work {
                    Some(_) if self.closing.since.is_none() => self.user.dialog = Some(Dialog::ConfirmClose),
                    _ => self.begin_closing(now),
                }
            }
        }
        if self.closing.when_done && work.is_none() {
            self.begin_closing(now);
        }
        if self.closing.asked.load(Ordering::SeqCst) {
            // Nobody is there to answer a question.
            self.closing.since.get_or_insert(now);
            self.end_worker();
        } else if self.closing.since.is_some() && self.state.unsaved_run {
            self.closing.since = None;
            self.user.dialog = Some(Dialog::ConfirmClose);
        } else if self.closing.since.is_some() && !self.state.busy() {
            self.end_worker();
        }
        if self.closing.since.is_some() && done && !self.closing.allowed {
            self.close(ctx);
        }
    }

    /// Closes: at once, or as soon as the film or the like under way is done.
    pub(super) fn leave(&mut self, when_done: bool, now: f64) {
        self.user.dialog = None;
        if when_done {
            self.closing.when_done = true;
            self.state.toasts.push((Level::Info, "The window closes as soon as the work is done.".to_owned()));
        } else {
            self.begin_closing(now);
        }
    }

    /// The window stays after all.
    pub(super) fn stay(&mut self) {
        self.closing.when_done = false;
        self.user.dialog = None;
    }

    /// Saves first: where that fails, the run is still there, and the person is asked what becomes of it.
    fn begin_closing(&mut self, now: f64) {
        if self.closing.since.is_none() {
            self.closing.since = Some(now);
            self.closing.when_done = false;
            self.state.unsaved_run = false;
            if self.state.busy() {
                self.send(Command::Stop);
            } else {
                self.end_worker();
            }
        }
    }

    fn end_worker(&mut self) {
        if !std::mem::replace(&mut self.closing.ended, true) {
            self.state.closing = true;
            self.send(Command::Shutdown);
        }
    }

    /// The last thing before the program ends, however that came about: a worker that still runs must save.
    pub(super) fn wait_for_worker(&mut self) {
        if !self.closing.abandoned {
            self.handle.shutdown();
        }
    }

    /// Closes although the worker has not saved yet.
    pub(super) fn abandon(&mut self, ctx: &Context) {
        self.closing.abandoned = true;
        interrupt::nothing_before_exit();
        self.close(ctx);
    }

    /// Closes without further questions.
    pub(super) fn close(&mut self, ctx: &Context) {
        self.closing.allowed = true;
        ctx.send_viewport_cmd(ViewportCommand::Close);
    }
}
