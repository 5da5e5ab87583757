//! What the window looks after by itself in each frame: answers of the system, a list that is old, its zoom and title.

use super::App;
use crate::engine::Command;
use crate::ui::action::{Action, Dialog, Screen};
use crate::ui::dialogs::NoDialog;
use egui::{Context, ViewportCommand};
use std::time::Duration;

/// Seconds after which a list of runs that is on show is read again, and for which it is fresh.
const OLD: f64 = 15.0;
const FRESH: f64 = 2.0;
/// Seconds from one comparison of the runs of a race to the next.
const AGAIN: f64 = 10.0;

impl App {
    /// Answers of the clipboard and of the dialogs for files, and what was dropped onto the window.
    pub(super) fn hear_the_system(&mut self, ctx: &Context, now: f64) {
        if let Some(pasted) = self.clipboard.answer() {
            let effects = self.performer(now).pasted(pasted);
            self.carry_out(ctx, effects, now);
        }
        if let Some((purpose, chosen)) = self.folder_dialogs.answer() {
            let effects = match chosen {
                Ok(path) => self.performer(now).chosen(purpose, path),
                Err(NoDialog) => self.performer(now).no_dialog(purpose),
            };
            self.carry_out(ctx, effects, now);
        }
        if let Some(path) = ctx.input(|i| i.raw.dropped_files.first().map(|file| file.path().to_path_buf())) {
            let effects = self.performer(now).dropped(path);
            self.carry_out(ctx, effects, now);
        }
    }

    /// Reads the list of runs again where it is on show and may have changed: on coming to it, or back to the window,
    /// and now and then.
    pub(super) fn keep_runs_fresh(&mut self, ctx: &Context, now: f64) {
        let shown = self.user.screen == Screen::Home && ctx.input(|i| i.focused) && self.state.runs.is_some();
        let before = std::mem::replace(&mut self.runs_shown, shown);
        if shown {
            ctx.request_repaint_after(Duration::from_secs_f64(OLD));
            if now - self.state.runs_listed > if before { OLD } else { FRESH } {
                self.perform(ctx, Action::RefreshRuns, now);
            }
        }
    }

    /// Compares the runs of a race again and again while both are on show; what was read before stays meanwhile.
    pub(super) fn keep_comparison_fresh(&mut self, ctx: &Context, now: f64) {
        let racing = self.state.race.as_ref().is_some_and(|race| !race.over);
        if self.user.dialog != Some(Dialog::Compare) || !racing || self.state.comparison.is_none() {
            self.compared = now;
            return;
        }
        ctx.request_repaint_after(Duration::from_secs_f64(AGAIN));
        if now - self.compared >= AGAIN {
            self.compared = now;
            self.engine.send(Command::CompareRuns(self.user.compare.chosen.clone()));
        }
    }

    /// egui itself obeys Ctrl with plus, minus and 0; here the new size is remembered.
    pub(super) fn watch_zoom(&mut self, ctx: &Context, now: f64) {
        let zoom = ctx.zoom_factor();
        if self.state.zoom().is_some_and(|known| (known - zoom).abs() > 0.005) {
            let effects = self.state.change_settings(|settings| settings.zoom = zoom);
            self.carry_out(ctx, effects.into_iter().collect(), now);
        }
    }

    pub(super) fn set_title(&mut self, ctx: &Context) {
        let title = match self.state.run.as_ref().and_then(|run| run.info.as_ref()) {
            Some(info) if self.state.busy() || self.state.watching => {
                format!("Purrtrait: {}", info.config.data.source.name())
            }
            _ => "Purrtrait".to_owned(),
        };
        if title != self.title {
            ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }
}
